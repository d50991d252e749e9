"""Document formats that come with the package; importing a module registers its format."""
