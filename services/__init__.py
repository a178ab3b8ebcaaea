"""The four services of the platform; each knows its own schema and nobody else's."""
