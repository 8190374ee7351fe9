"""The catalogue of films: records, ingest, counts, search. It never names annotations."""
