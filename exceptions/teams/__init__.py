"""Teams: what is routed to them, who of them works when, and who is given what."""
