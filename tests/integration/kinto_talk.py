"""Comments of Kinto's records: a collection of their own, read as one feed for all."""

from __future__ import annotations

from tests.integration.deal import Deal

RECORD = """\
    comments:
      resource: comment
      source: feed
      parent: record
      author: author
      made: made
      internal: {/internal: true}
      own: {/by: ebond}
      add: create
      mark_public: {/by: ebond}
    fields:
      summary:"""
COMMENT = """
  comment:
    id: /id
    version: /last_modified
    version_order: number
    updated: /last_modified
    updated_stamp: {format: epoch_ms, granularity: 1ms}
    wrap: data
    list:
      path: /comments/records
      params: {_sort: last_modified}
      records: /data
      paging: {kind: header_url, header: Next-Page, size_param: _limit, size: 500}
      since:
        params: {_since: "{since}"}
        stamp: {format: epoch_ms, granularity: 1ms}
        inclusive: false
        overlap: 5s
      deleted: {/deleted: true}
    read: {path: "/comments/records/{id}", record: /data}
    create:
      method: PUT
      path: /comments/records/{sync_id}
      once: {kind: client_id}
      id: /data/id
      answer: /data
    fields:
      text: {path: /text, required: true}
      author: {path: /author}
      made: {path: /made, type: instant, stamp: {format: iso_z, granularity: 1s}}
      record: {path: /record}
"""
_LAST = "      ebond_id: {path: /ebond_id}\n"


def let_kinto_talk(deal: Deal, file: str) -> None:
    """Describe the comments of the partner's records in a definition file of a deal."""
    deal.define(file, "    fields:\n      summary:", RECORD)
    deal.define(file, _LAST, _LAST + COMMENT.lstrip("\n"))
