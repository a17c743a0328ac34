"""What must stand in no source of ours, by row of the security plan (T48): `./dev check gates`.

Each gate says what it is about, and shows a line that it must stop: a gate that stops nothing is
found before the sources are read. What may stand somewhere all the same is in ALLOWED, with the
reason; an entry that nothing needs any more is a fault too.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ["app/*.[ch]pp", "net/*.[ch]pp", "ui/*.[ch]pp", "ui/*.inc"]

GATES = {  # name: (rows, pattern, a line that it stops)
    "shell": ("T48 B5", r"\b(system|popen|execlp?|execle|execvp?e?|fork|vfork|wordexp)\s*\(",
              'system(("xdg-open " + url).c_str());'),
    "process": ("B5", r"\bposix_spawnp?\s*\(", "posix_spawnp(&pid, name, 0, 0, argv, environ);"),
    "unbounded": ("T48 D4", r"\b(strn?cpy|strn?cat|stpcpy|v?sprintf|gets|[fsv]*scanf|strtok|alloca)"
                  r"\s*\(", "sprintf(text, \"%s\", name);"),
    "temporary name": ("T48", r"\b(mktemp|tmpnam|tempnam)\s*\(", "tmpnam(name);"),
    "SQL outside statements": ("D7", r"\bsqlite3_(exec|mprintf|snprintf|get_table)\s*\(",
                               "sqlite3_exec(db, sql.c_str(), 0, 0, 0);"),
    # Without a quote where the text begins, it was put together from something.
    "SQL that is no literal": ("D7", r"\bexecute\s*\((?!\s*(\"|const char|\)))|"
                               r"\bStatement\s*(\w+)?[({]\s*\*?[\w.>-]+,\s*(?!\s|\")",
                               "Statement(database, select + name);"),
    "unverified": ("T48 C8", r"SSL_VERIFY_NONE|verify_none|IGNORE_UNEXPECTED_EOF",
                   "SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);"),
    "contexts": ("C8", r"\bSSL_CTX_new\s*\(|asio/ssl|asio::ssl",
                 "asio::ssl::context context(asio::ssl::context::tls);"),
    "a switch against verifying": ("C8", r"\"[^\"]*(insecure|no-verify|ignore-cert|accept-invalid)",
                                   'app.add_flag("--insecure");'),
    "format from text": ("T48 B4", r"ImGui::(Text|TextColored|TextDisabled|TextWrapped|BulletText|"
                         r"LabelText|SetTooltip|SetItemTooltip|TreeNode|TreeNodeEx|LogText)V?\s*\(",
                         "ImGui::Text(message.text.c_str());"),
    "archives": ("T48 A5", r"\b(un|g|b|mini)?zip\w*\b|\blibarchive\b|<archive\.h>|\buntar\b",
                 "unzip(file, folder);"),
    "cryptography of others": ("C17", r"[<\"](sodium|gcrypt|mbedtls|gnutls|botan|cryptopp|wolfssl|"
                               r"nettle|tomcrypt|gsasl)", "#include <sodium.h>"),
    "cryptography of our own": ("C12 C17", r"\b(rijndael|twofish|blowfish|chacha20?_|poly1305_|"
                                r"aes_(en|de)crypt|rc4|md5|sha1|spake2|srp)\w*", "md5_update(&sum);"),
    "random numbers for anybody to guess": (
        "C19", r"\b(rand|srand|rand_r|drand48)\s*\(|\b(mt19937|minstd_rand|random_device)\b",
        "token[i] = rand();"),
    # Whoever chooses the texts could choose them so that all fall into one place.
    "texts in a hash": ("A25", r"\bunordered_\w+<\s*std::string(_view)?\b",
                        "std::unordered_set<std::string> names;"),
    "asserts": ("T48 D11", r"(?<!_)\bassert\s*\(", "assert(length < 10);"),
}

ALLOWED = {  # (gate, file): why
    ("process", "ui/desktop.cpp"): "one program with a list of arguments and no shell, to open what "
                                   "the user pointed at",
    ("SQL outside statements", "net/store/sqlite.cpp"): "the one place; takes fixed text from the "
                                                        "store's own files",
    ("SQL that is no literal", "net/store/schema.cpp"): "migrations: constants of that file",
    ("SQL that is no literal", "net/store/sqlite.cpp"): "the settings of a connection: a constant",
    ("contexts", "net/link/tls_context.cpp"): "the one place where they are made, and verify",
    ("random numbers for anybody to guess", "net/room/join_role.cpp"):
        "when to try again; nothing depends on nobody guessing it",
    ("asserts", "net/api/unicode.cpp"): "on ICU's own tables, never on text",
    ("asserts", "net/platform/thread_name.cpp"): "on the length of a name of ours",
    ("asserts", "net/transfer/data_frame.cpp"): "on what the caller says it has read, and on a "
                                                "length that was checked with its header",
}


def code_of(name):
    """Without comments; every line keeps its number."""
    return re.sub(r"[ \t]*//[^\n]*", "", (ROOT / name).read_text())


def stopped(name):
    """(line, gate) of everything in a source that a gate stops."""
    code = code_of(name)
    for gate, (_, pattern, _) in GATES.items():
        for match in re.finditer(pattern, code, re.IGNORECASE):
            yield code.count("\n", 0, match.start()) + 1, gate


def main():
    for gate, (_, pattern, example) in GATES.items():
        if not re.search(pattern, example, re.IGNORECASE):
            sys.exit(f"the gate '{gate}' lets through what it is there to stop: {example}")
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--",
                             *SOURCES], cwd=ROOT, check=True, capture_output=True, text=True)
    found, needed = [], set()
    for name in listed.stdout.split():
        if not (ROOT / name).exists():  # removed, and git not told yet
            continue
        for line, gate in stopped(name):
            if (gate, name) in ALLOWED:
                needed.add((gate, name))
            else:
                found.append(f"{name}:{line}: {gate} ({GATES[gate][0]})")
    found += [f"{name}: nothing there needs the leave for '{gate}' any more"
              for gate, name in sorted(ALLOWED.keys() - needed)]
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
