"""Files of Kinto's records: a collection of their own, each with its content in base64."""

from __future__ import annotations

from tests.integration.deal import Deal

RECORD = """\
    attachments:
      resource: file
      source: list
      at: /files
      size: size
      type: type
      own: {/by: ebond}
      content: {base64: content}
      add: base64
      mark_public: {/by: ebond}
      max: 200KB
      not_extensions: [exe]
    fields:
      summary:"""
FILE = """
  file:
    id: /id
    wrap: data
    list:
      path: /files/records
      params: {record: "{parent}", _sort: last_modified, _fields: "name,size,type,by"}
      records: /data
      paging: {kind: single}
    read: {path: "/files/records/{id}", record: /data}
    create:
      method: PUT
      path: /files/records/{sync_id}
      constants: {/record: "{parent}"}
      once: {kind: client_id}
      id: /data/id
      returns: fields
    fields:
      name: {path: /name, required: true}
      type: {path: /type}
      size: {path: /size, type: number}
      content: {path: /content}
"""
_LAST = "      ebond_id: {path: /ebond_id}\n"


def let_kinto_keep_files(deal: Deal, file: str) -> None:
    """Describe the files of the partner's records in a definition file of a deal."""
    deal.define(file, "    fields:\n      summary:", RECORD)
    deal.define(file, _LAST, _LAST + FILE.lstrip("\n"))
