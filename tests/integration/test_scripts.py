"""The pages' scripts come without comments, fresh, and only from their folder."""

from pathlib import Path

from app.config import ROOT
from tests.in_process import InProcess

SOURCE = ROOT / "static" / "js" / "app.js"


def test_scripts_come_without_comments(it: InProcess) -> None:
    answer = it.raw("GET", "/static/js/app.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert "import" in answer.text
    assert "\n//" not in answer.text
    assert len(answer.text) < len(SOURCE.read_text("utf-8"))


def test_a_script_that_is_known_is_not_sent_again(it: InProcess) -> None:
    tag = it.raw("GET", "/static/js/app.js").headers["ETag"]
    again = it.raw("GET", "/static/js/app.js", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""


def test_vendor_files_keep_their_bytes(it: InProcess) -> None:
    for file in sorted(Path(ROOT / "static" / "vendor").rglob("*.js")):
        name = file.relative_to(ROOT / "static").as_posix()
        assert it.raw("GET", f"/static/{name}").data == file.read_bytes()


def test_what_is_no_script_is_not_found(it: InProcess) -> None:
    for name in ("none.js", "a" * 300 + ".js", "shell.js/x.js", "a%00.js"):
        assert it.raw("GET", f"/static/js/{name}").status_code == 404
