"""Postings from spreadsheets as people have them: columns, cells, companies, and a report of what was refused."""
