"""A published calendar (an ICS address) as the source: fetched, judged whole, and read into the same model."""
