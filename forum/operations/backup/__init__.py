"""Backups: one file of one moment, checked before it has its name, and put back whole or not at all."""
