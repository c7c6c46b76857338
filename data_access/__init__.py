"""The only room that knows SQLAlchemy and file formats: tables, engine, migrations, repositories and importers."""
