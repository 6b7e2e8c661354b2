"""The whole system under load while everything that can fail fails, and then its books (docs/reliability.md)."""
