from src.data.make_dataset import main


def test_files_are_copied(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "processed").mkdir()
    (tmp_path / "raw" / "a.csv").write_text("load\n1\n")
    main(tmp_path / "raw", tmp_path / "processed")
    assert (tmp_path / "processed" / "a.csv").read_text() == "load\n1\n"
