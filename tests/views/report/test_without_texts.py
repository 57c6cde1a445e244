"""A report that can be shared holds nothing that a row says."""

import shoal


def test_a_report_without_texts_holds_no_text_and_no_id_of_a_row(run_path, tmp_path):
    run = shoal.load(run_path)
    texts = [text for text in run.to_arrow()["text"].to_pylist() if text and len(text) > 20]
    whole = run.report(tmp_path / "whole.html").read_text(encoding="utf-8")
    bare = run.report(tmp_path / "bare.html", texts=False).read_text(encoding="utf-8")
    assert sum(text in whole for text in texts) > 5
    assert not [text for text in texts if text in bare]
    assert run.clusters[0]["title"] in bare
