"""What every domain stands on: engine, session, clock, errors, signing, page versions. No domain words."""
