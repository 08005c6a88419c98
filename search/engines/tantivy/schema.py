"""The fields of the embedded index."""

import tantivy

from search.engines import base


def build_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
    builder.add_integer_field("version", stored=True, indexed=True, fast=True)
    for name in (*base.TEXT_FIELDS, base.FACTS):
        builder.add_text_field(name, tokenizer_name="tokens", index_option="freq")
    builder.add_text_field(base.EVERYWHERE, tokenizer_name="tokens", index_option="basic")
    for name in (*base.KEYWORDS, *base.EMBEDDED_ONLY):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in base.NUMBERS + base.NUMBER_LISTS:
        builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()
