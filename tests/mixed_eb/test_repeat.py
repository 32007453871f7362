"""Two mixed-EB searches give the same files. A minute long, so its label is long."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_mixed_eb  # noqa: E402


class Repeat(test_mixed_eb.Case):
    small = test_mixed_eb.Search.small

    def test_two_searches_write_the_same_bytes(self):
        spec = self.small()
        for out in ("a", "b"):
            self.assertEqual(self.msd("explore", spec, "-o", self.folder / out, "-q").returncode, 0)
        names = sorted(p.name for p in (self.folder / "a").iterdir())
        self.assertIn("sensitivity.csv", names)
        for name in names:
            self.assertEqual((self.folder / "a" / name).read_bytes(), (self.folder / "b" / name).read_bytes(), name)


if __name__ == "__main__":
    unittest.main()
