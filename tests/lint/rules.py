"""The rules of the tree. Each takes a Tree and yields one sentence per fault: where, what, what to do."""

import pathlib
import re

ARCHITECTURE = "docs/architecture.md"
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)

LINES_MAX = 700
GENERATED = re.compile(r"^(conf/.*-default\.xml|docs/configuration\.md)$")
COUNTED_SUFFIXES = {".h", ".cc", ".py", ".sh", ".cmake", ".md", ".js", ""}

# Calls that reach the clock, chance, the environment or the disk. A component is handed these as Clock, Random, Env.
FORBIDDEN_CALLS = {
    r"\b(steady|system|high_resolution)_clock::now\b": "the clock: take a Clock&",
    r"\bclock_gettime\s*\(|\bgettimeofday\s*\(|(?<![\w.>:])(std::|::)?time\s*\((nullptr|NULL|0)\)": "the clock: take a Clock&",
    r"\bsleep_for\b|\bsleep_until\b|(?<![\w.>])(::)?(usleep|nanosleep|sleep)\s*\(": "sleeping: wait for the event itself",
    r"\brandom_device\b|(?<![\w.>:])s?rand\s*\(": "chance: take a Random&",
    r"\bgetenv\b": "the environment: take what it holds as an argument",
    r"(?<![\w.>:])(std::)?fopen\s*\(|\bstd::[io]?fstream\b|(?<!\w)::open(at)?\s*\(|(?<![\w.>:])open\s*\([^)]*\bO_": "the disk: take an Env&",
    r"\btcp::socket\b": "the network: take a Stream",
}
CHECKED_FOR_CALLS = ("common", "formats", "engine", "tools")
# The adapters themselves, and code that runs where nothing but system calls is safe.
CALLS_ALLOWED = {
    "common/base": "the adapters",
    "engine/guard/back_trace.cc": "runs in a crashing process",
    "engine/guard/last_rites.cc": "runs in a dying process",
}

MACHINE_PATH = re.compile(r"(?<![\w$}.~*-])/(root|work)/|(?<![\w$}.])/home/[a-z]+/|/tmp/build-")
# Tests of configuration and paths need some name in /home that nobody has.
INVENTED_HOME = "/home/alice/"
FOLDERS_WITHOUT_README = {"cmake", "docs", "common"}  # common: each folder in it has one


def _folder_of(path, known):
    """The longest known folder or file that holds the path; None where there is none."""
    best = None
    for name in known:
        if (path == name or path.startswith(name + "/")) and (best is None or len(name) > len(best)):
            best = name
    return best


def _table(tree, info):
    """'name: a b c' lines as {name: [a, b, c]}."""
    table = {}
    for line in tree.block(ARCHITECTURE, info):
        name, colon, rest = line.partition(":")
        if not colon:
            raise ValueError(f"{ARCHITECTURE}: block {info}: no colon in '{line}'")
        table[name.strip()] = rest.split()
    return table


def arrows(tree):
    """Quoted includes go only where docs/architecture.md draws an arrow."""
    table = _table(tree, "arrows")
    known = set(table) | {target for targets in table.values() for target in targets if target != "*"}
    for path in tree.sources():
        here = _folder_of(path, table)
        if here is None:
            yield f"{path}: its folder has no line in the arrows of {ARCHITECTURE}; add one"
            continue
        for bracket, target in INCLUDE.findall(tree.read(path)):
            if bracket != '"':
                continue
            # What protoc makes stands for what it is made from.
            if target.endswith(".pb.h"):
                target = target.removesuffix("pb.h") + "proto"
            # As the compiler does: first beside the including file.
            beside = (pathlib.PurePosixPath(path).parent / target).as_posix()
            if tree.exists(beside):
                target = beside
            elif not tree.exists(target):
                yield f'{path}: includes "{target}", which is no file; name it from the top of the tree'
                continue
            there = _folder_of(target, known)
            if not target.startswith(here + "/") and "*" not in table[here] and there not in table[here]:
                yield f'{path}: includes "{target}", but {ARCHITECTURE} draws no arrow {here} -> {there}'


def third_party(tree):
    """A library of others is included in the folders that docs/architecture.md names for it, behind our own type."""
    table = _table(tree, "third-party")
    for path in tree.sources("common", "formats", "engine", "dfs", "namenode", "datanode", "tools", "libmr"):
        for bracket, target in INCLUDE.findall(tree.read(path)):
            if bracket != "<" or not ("/" in target or target.endswith(".h")):
                continue
            for prefix, folders in table.items():
                if target.startswith(prefix) and _folder_of(path, folders) is None:
                    yield f"{path}: includes <{target}>, which only {' and '.join(folders)} may; use our own type"
            if not any(target.startswith(prefix) for prefix in table) and not _is_system_header(target):
                yield f"{path}: includes <{target}>, a library without a line in the third-party block of {ARCHITECTURE}"


def _is_system_header(target):
    # C and POSIX headers, and compiler intrinsics, which belong to nobody.
    if target.startswith(("sys/", "mr/", "linux/", "netinet/", "arpa/")):
        return True
    return target in {
        "assert.h", "cxxabi.h", "dirent.h", "dlfcn.h", "elf.h", "emmintrin.h", "errno.h", "execinfo.h", "fcntl.h",
        "fnmatch.h", "grp.h", "ifaddrs.h", "immintrin.h", "inttypes.h", "limits.h", "link.h", "locale.h", "malloc.h", "math.h", "netdb.h",
        "nmmintrin.h", "poll.h", "pthread.h", "pwd.h", "regex.h", "sched.h", "signal.h", "smmintrin.h", "spawn.h", "stdarg.h", "stddef.h",
        "stdint.h", "stdio.h", "stdlib.h", "string.h", "termios.h", "tmmintrin.h", "time.h", "ucontext.h", "unistd.h",
        "utime.h", "wchar.h", "x86intrin.h",
    }


def listed(tree):
    """Every .cc is listed by the CMakeLists.txt of its folder or of one above it."""
    texts = {}
    for path in tree.sources():
        if not path.endswith(".cc"):
            continue
        folder = pathlib.PurePosixPath(path).parent
        for place in (folder, *folder.parents):
            lists = (place / "CMakeLists.txt").as_posix()
            if lists not in texts:
                texts[lists] = tree.read(lists) if tree.exists(lists) else ""
            name = pathlib.PurePosixPath(path).relative_to(place).as_posix()
            # A list may name the program instead of its source: mrd_fuzz(NAME gzip_reader ...).
            fuzz = re.fullmatch(r"(.*)_fuzz\.cc", name)
            wanted = [re.escape(name)] + ([r"NAME\s+" + re.escape(fuzz[1])] if fuzz else [])
            if any(re.search(r"(?<![\w/.])" + word + r"(?![\w/.])", texts[lists]) for word in wanted):
                break
            if _loop_names(name, texts[lists]):
                break
        else:
            if not _is_given_to_a_test(path) and not _script_names(tree, path):
                yield f"{path}: no CMakeLists.txt lists it, so nobody builds it"


def _loop_names(name, text):
    # A loop over programs without their suffix: "${mistake}.cc" beside a list with the name.
    folder, _, file = ("/" + name).rpartition("/")
    stem = file.removesuffix(".cc")
    return (re.search(re.escape(folder.lstrip("/")) + r"/?\$\{\w+\}\.cc", text) is not None and
            re.search(r"(?<![\w/.])" + re.escape(stem) + r"(?![\w/.])", text) is not None)


def _script_names(tree, path):
    # Measurements, examples and plugins of the integration tests are compiled by scripts and functions that name them
    # with or without ".cc".
    top = next((top for top in ("bench/", "examples/", "tests/integration/") if path.startswith(top)), None)
    if top is None:
        return False
    word = re.compile(r"(?<![\w.])" + re.escape(pathlib.PurePosixPath(path).stem) + r"(?!\w)")
    others = (file for file in tree.files if file.startswith(top) and not file.endswith((".cc", ".h", ".md")))
    return any(word.search(tree.read(file)) for file in others)


def _is_given_to_a_test(path):
    # Templates of `mr new` and inputs of tests are data, whatever their names end in.
    return "/templates/" in path or "/data/" in path


def forbidden_calls(tree):
    """Nothing but the adapters touches the clock, chance, the environment or the disk."""
    for path in tree.sources(*CHECKED_FOR_CALLS):
        if _folder_of(path, CALLS_ALLOWED) is not None:
            continue
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            code = re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]
            for call, instead in FORBIDDEN_CALLS.items():
                if re.search(call, code):
                    yield f"{path}:{number}: reaches {instead} (adapters are in common/base)"


def keys_are_read(tree):
    """Every configuration key is read by some component, or says that it is not."""
    sources = {path: tree.read(path) for path in tree.sources(*CHECKED_FOR_CALLS)}
    tables = {path: text for path, text in sources.items() if path.endswith("/keys.cc")}
    for path, text in tables.items():
        for name, entry in re.findall(r'\.name = "([^"]+)"(.*?)\.file =', text, re.S):
            ignored = re.search(r'\.description\s*=\s*"Accepted and ignored: ', entry)
            named = any('"' + name + '"' in other for file, other in sources.items() if file not in tables)
            named = named or any("${" + name + "}" in other for other in tables.values())
            if not named and not ignored:
                yield f'{path}: nothing reads {name}; remove it, or describe it as "Accepted and ignored: ..."'
            if named and ignored:
                yield f"{path}: {name} is described as ignored, but something reads it"


def map_of_folders(tree):
    """README.md has a line for every top-level folder."""
    readme = tree.read("README.md")
    for folder in tree.folders():
        if not re.search(r"`" + re.escape(folder) + r"/`", readme):
            yield f"README.md: the map of folders lacks `{folder}/`"


def folder_readmes(tree):
    """Every folder of ours says what it is for."""
    folders = {folder for folder in tree.folders() if folder not in FOLDERS_WITHOUT_README}
    for path in tree.files:
        parts = path.split("/")
        if parts[0] in ("common", "examples") and len(parts) > 2:
            folders.add("/".join(parts[:2]))
    for folder in sorted(folders):
        if not tree.exists(folder + "/README.md"):
            yield f"{folder}: has no README.md; say in a few lines what it is for and what may enter"


def machine_paths(tree):
    """No path of somebody's machine."""
    for path in tree.files:
        if path.startswith(("tests/lint/", "samples/")):
            continue
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            found = MACHINE_PATH.search(line.replace(INVENTED_HOME, ""))
            if found:
                yield f"{path}:{number}: the path {found[0]} is of one machine; make it relative or an argument"


def links(tree):
    """What a document links to within the tree is there."""
    for path in tree.files:
        if not path.endswith(".md") or "/templates/" in path:
            continue
        text = re.sub(r"^```.*?^```", "", tree.read(path), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", text):
            if "://" in target or target.startswith("mailto:"):
                continue
            if not (tree.root / path).parent.joinpath(target).exists():
                yield f"{path}: links to {target}, which is not there"


def file_sizes(tree):
    """A file that does not fit a head wants a further noun."""
    for path in tree.files:
        if pathlib.PurePosixPath(path).suffix not in COUNTED_SUFFIXES or GENERATED.match(path):
            continue
        if path.startswith(("samples/", "LICENSE")) or "/expected" in path or "/data/" in path or "/input" in path:
            continue
        lines = tree.read(path).count("\n")
        if lines > LINES_MAX:
            yield f"{path}: {lines} lines, the limit is {LINES_MAX}; look for the missing noun"


ALL = {
    "arrows": arrows,
    "third_party": third_party,
    "listed": listed,
    "forbidden_calls": forbidden_calls,
    "keys_are_read": keys_are_read,
    "map_of_folders": map_of_folders,
    "folder_readmes": folder_readmes,
    "machine_paths": machine_paths,
    "links": links,
    "file_sizes": file_sizes,
}
