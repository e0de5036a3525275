"""Pages as a person asks for them."""
