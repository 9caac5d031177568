"""Word count with DuckDB and Polars from PyPI, each as its experts would write it."""
import os
import subprocess
import sys

from .measure import Side
from .works import GIB, ONE_REDUCE, OUT, against_peer, row

# The text has spaces and newlines only, so both may split at one space: cheaper than the white-space
# class that ours and the bare program look for. Byte 1 never occurs, so a line is one CSV column.
DUCKDB = """
import duckdb, sys
c = duckdb.connect()
c.execute("SET threads = 2")
c.execute("SET preserve_insertion_order = false")
c.execute(f'''
COPY (
  SELECT word, count(*) AS n
  FROM (SELECT unnest(string_split(line, ' ')) AS word
        FROM read_csv('{sys.argv[1]}', columns = {{'line': 'VARCHAR'}}, header = false,
                      auto_detect = false, delim = '\\x01', quote = '', escape = '',
                      max_line_size = 10000000))
  WHERE word <> ''
  GROUP BY word ORDER BY word
) TO '{sys.argv[2]}' (FORMAT csv, HEADER false, DELIMITER '\\t', QUOTE '')''')
"""

POLARS = """
import os, sys
os.environ["POLARS_MAX_THREADS"] = "2"
import polars as pl
(pl.scan_csv(sys.argv[1], has_header=False, new_columns=["line"], schema={"line": pl.String},
             separator="\\x01", quote_char=None)
   .select(pl.col("line").str.split(" ").alias("word")).explode("word")
   .filter(pl.col("word") != "")
   .group_by("word").len()
   .sort("word")
   .collect(engine="streaming")
   .write_csv(sys.argv[2], include_header=False, separator="\\t", quote_style="never"))
"""


def _python(venv):
    """The interpreter of a virtual environment that has both peers, or None with the reason."""
    python = os.path.join(venv, "bin", "python3")
    probe = [python, "-c", "import duckdb, polars; print(duckdb.__version__, polars.__version__)"]
    try:
        if not os.path.exists(python):
            subprocess.run([sys.executable, "-m", "venv", venv], check=True, capture_output=True)
        if subprocess.run(probe, capture_output=True).returncode != 0:
            print("installing DuckDB and Polars below %s" % venv, file=sys.stderr, flush=True)
            subprocess.run([python, "-m", "pip", "-q", "install", "duckdb", "polars"], check=True,
                           capture_output=True, text=True, timeout=600)
        versions = subprocess.run(probe, check=True, capture_output=True, text=True).stdout.split()
        return python, versions
    except (OSError, subprocess.SubprocessError) as e:
        words = (getattr(e, "stderr", None) or str(e)).strip().splitlines()
        return None, words[-1] if words else str(e)


def peers(b):
    python, versions = _python(os.path.join(os.path.dirname(b.out), "venv"))
    if python is None:
        yield row("peers", None, None, None, "peer >= 3 x ours", None,
                  "DuckDB and Polars could not be installed: " + versions)
        return
    text = b.inputs.text(b.size or GIB)
    peer_sides = []
    for name, program in (("duckdb", DUCKDB), ("polars", POLARS)):
        out = os.path.join(b.out, name)
        peer_sides.append(Side(name, [python, "-c", program, text, out], out))
    sides = [b.bare("wordcount", text, OUT)]
    if b.have_ours("wordcount"):
        sides.append(b.ours("wordcount", text, OUT, settings=ONE_REDUCE))
    b.alternate(sides + peer_sides, text)
    for side, version in zip(peer_sides, versions):
        r = against_peer("peers: %s %s" % (side.name, version), side, sides)
        # The program's text is in this file; a JSON line with it would help nobody.
        r["peer"]["command"] = side.name
        yield r
