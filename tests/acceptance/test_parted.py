"""What an operator decides about a record that was deleted here and edited there."""

from __future__ import annotations

from tests.acceptance.desk import open_desk

BOND = "fake-bond"
OFTEN = {"every": "10ms", "sweep_every": "10ms"}
CLOSE = {"policy": "close", "set": {"status": "closed"}}


def test_a_deletion_against_an_edit_is_shown_with_what_to_type_and_follows_then(tmp_path):
    """Status names the command; what it decided is done by the next sync, and by no later one."""
    with open_desk(tmp_path, bond={"right": {"partner_deleted": CLOSE}, "schedule": OFTEN}) as desk:
        one, _ = (desk.left.system.person_creates({"title": f"t{n}", "status": "open"}) for n in range(2))
        desk.run("sync", BOND)
        (other,) = (one for one in desk.right.system.ids() if desk.right.system.values(one)["title"] == "t0")
        desk.left.system.person_deletes(one)
        desk.right.system.person_edits(other, title="edited")
        for _ in range(2):
            desk.run("sync", BOND)
        assert f"ebond resolve {BOND} {one} --side left --keep (or --follow)" in desk.run("status", BOND).out
        unclear = desk.run("resolve", BOND, one, "--side", "left", "--keep", "--follow")
        assert (unclear.code, "Give FIELD and --take left|right|neither, or --keep, or --follow" in unclear.err) == (
            2,
            True,
        )
        done = desk.run("resolve", BOND, one, "--side", "left", "--follow")
        assert done.out == f"the right record {other} follows the deletion at the next `ebond sync {BOND}`\n"
        assert desk.run("sync", BOND).code == 0
        values = desk.right.system.values(other)
        assert (values["title"], values["status"]) == ("edited", "closed")
        assert desk.run("resolve", BOND, one, "--side", "left", "--keep").code == 2
