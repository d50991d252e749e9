"""Steps that prepare text for a model and restore it afterwards, as pure functions."""
