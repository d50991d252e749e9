"""Translation without PyTorch: a C library, and its binding."""
