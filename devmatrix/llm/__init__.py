"""The gateway to the model: what is asked, what it costs, what comes back. Knows no framework."""
