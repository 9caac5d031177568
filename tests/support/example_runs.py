"""How tests on clusters run the examples."""

# The words and settings of each; IN is its folder of inputs, OUT the output.
EXAMPLE_RUNS = {
    "grep": (["IN/", "OUT", "[a-z]*o[a-z]*"], ()),
    "invertedindex": (["IN/", "OUT"], ()),
    "join": (["IN/movies.tsv", "IN/ratings.tsv", "OUT", "--type", "left"], ()),
    "secondarysort": (["IN/", "OUT"], ()),
    "sort": (["IN/", "OUT"], ("mapreduce.job.reduces=2",)),
    "topn": (["IN/", "OUT", "--n", "5"], ()),
    "wordcount": (["IN/", "OUT"], ("mapreduce.job.reduces=3", "mapreduce.job.ubertask.enable=false")),
    "wordstats": (["IN/", "OUT"], ()),
}
