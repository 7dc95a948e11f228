"""Keys of those who keep code and packages."""

from __future__ import annotations

from akios_jail.pii.detectors.secrets.checks import crc32_base62
from akios_jail.pii.detectors.secrets.form import BASE62, BASE64URL, HEX, Form

CODE_HOSTS = (
    Form("a GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), BASE62, 30, 60, fits=crc32_base62, bare=True),
    Form("a GitHub token", ("github_pat_",), BASE62, 22, rest=r"_[A-Za-z0-9]{59}", bare=True),
    Form(
        "a GitLab token",
        ("glpat-", "gldt-", "glrt-", "glrtr-", "glsoat-", "glimt-", "glagent-", "gloas-", "glft-", "glffct-", "glwt-"),
        "A-Za-z0-9_.-",
        16,
        200,
    ),
    Form("a GitLab token", ("glptt-",), HEX, 40),
    Form("a GitLab token", ("glcbt-",), BASE64URL, 20, 60),
    Form("a GitLab token", ("GR1348941",), BASE64URL, 20, 22),
    Form("a Bitbucket password", ("ATBB",), BASE62, 28, 40, confidence=0.9),
    Form("an Atlassian token", ("ATATT3x", "ATCTT3x", "ATSTT3x"), "A-Za-z0-9_=-", 60, 220, bare=True),
    Form("an npm token", ("npm_",), BASE62, 30, 60, fits=crc32_base62),
    Form("a RubyGems key", ("rubygems_",), HEX, 48),
    Form("a crates.io token", ("cio",), BASE62, 32, confidence=0.8),
    Form("a NuGet key", ("oy2",), "a-z0-9", 43, confidence=0.85),
    Form("a Docker token", ("dckr_pat_", "dckr_oat_"), BASE64URL, 27, 40),
    Form("an Artifactory key", ("AKCp",), BASE62, 60, 80),
    Form("an Artifactory token", ("cmVmdGtuO",), BASE62, 50, 64),
    Form("a CircleCI token", ("CCIPAT_", "CCIPRJ_"), BASE62, 20, rest=r"(?:[A-Za-z0-9]*_[0-9a-f]{40})?"),
    Form("a Buildkite token", ("bkua_",), HEX, 40),
    Form("a Postman key", ("PMAK-",), HEX, 24, rest=r"-[0-9a-f]{34}"),
    Form("a SonarQube token", ("sqp_", "squ_", "sqa_"), HEX, 40),
    Form("a Snyk token", ("snyk_uat.", "snyk_sat."), "A-Za-z0-9._-", 20, 200),
    Form("a Figma token", ("figd_", "figo_", "figoh_"), BASE64URL, 36, 60),
    Form("a Linear key", ("lin_api_", "lin_oauth_"), BASE62, 40, 64),
)
