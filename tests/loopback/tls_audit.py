"""What an auditor that knows nothing of dropline finds at a host's port (T8 of the security plan).

The auditor is testssl.sh; it knows the old protocols and the holes of other servers better than
tests of ours do. `./dev check tls` installs and starts it; beside ctest, since few machines have it.
"""

import json
import os
import subprocess

from program import RoomTest, main

AUDIT_S = 300
# What it looks at: protocols, kinds of ciphers, forward secrecy, known vulnerabilities.
WHAT = ("--protocols", "--standard", "--fs", "--vulnerable")
HARMLESS = {"OK", "INFO", "DEBUG"}
# Its own client has no certificate to show, and nobody gets anywhere without one.
EXPECTED_WARNINGS = {"optimal_proto"}
FOUND = {
    "SSLv2": "not offered",
    "SSLv3": "not offered",
    "TLS1": "not offered",
    "TLS1_1": "not offered",
    "TLS1_2": "not offered",
    "TLS1_3": "offered with final",
    "cipherlist_NULL": "not offered",
    "cipherlist_aNULL": "not offered",
    "cipherlist_3DES_IDEA": "not offered",
    "cipherlist_AVERAGE": "not offered",
    "PFS": "offered",
    "PFS_ECDHE_curves": "prime256v1 X25519",
}


class TlsAudit(RoomTest):
    def test_t8_an_auditor_finds_tls_1_3_and_nothing_to_object_to(self):
        host = self.host("Hanna")
        findings = self.audit(host.address)
        for name, expected in FOUND.items():
            with self.subTest(name):
                self.assertEqual(findings[name]["finding"], expected)
        objections = [found for found in findings.values()
                      if found["severity"] not in HARMLESS
                      and found["id"] not in EXPECTED_WARNINGS]
        self.assertEqual(objections, [])
        self.assertGreater(len(findings), 30, "it looked at less than it should")
        self.join("Ann", host)  # and the host serves on

    def audit(self, address):
        report = self.folder / "report.json"
        told = subprocess.run(
            ["testssl", "--warnings", "off", "--color", "0", "--ip", "127.0.0.1",
             "--openssl", "/usr/bin/openssl", *WHAT, "--jsonfile", report, address],
            capture_output=True, text=True, timeout=AUDIT_S, cwd=self.folder,
            # Of GOST, which no host of ours knows, it would warn that its own machine has none.
            env=dict(os.environ, NO_ENGINE="true"))
        if not report.exists():
            self.fail(f"testssl.sh wrote no report:\n{told.stdout[-2000:]}{told.stderr[-2000:]}")
        return {found["id"]: found for found in json.loads(report.read_text())}


if __name__ == "__main__":
    main()
