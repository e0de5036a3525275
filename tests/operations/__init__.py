"""Health checks and proof of life."""
