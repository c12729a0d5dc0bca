//! Flags for a certificate from a CA.

use std::path::PathBuf;

use clap::Args;
use native_transcoder::tls::acme::{Acme, DIRECTORY};

#[derive(Args)]
#[group(id = "acme")]
pub(super) struct Flags {
    /// HTTPS with a certificate from a CA (ACME) for this domain, renewed by itself; may be repeated. The CA must reach
    /// this node's HTTP port as port 443 of the domain.
    #[arg(
        long = "acme-domain", env = "HEADWATER_ACME_DOMAINS", value_delimiter = ',', conflicts_with = "tls",
        requires_all = ["contacts", "cache"]
    )]
    domains: Vec<String>,
    /// Whom the CA may write to, as `mailto:you@example.org`; may be repeated.
    #[arg(
        long = "acme-contact",
        env = "HEADWATER_ACME_CONTACTS",
        value_delimiter = ',',
        requires = "domains"
    )]
    contacts: Vec<String>,
    /// The CA: its ACME directory.
    #[arg(long = "acme-directory", env = "HEADWATER_ACME_DIRECTORY", default_value = DIRECTORY)]
    directory: String,
    /// The folder that keeps the account, the certificate and their keys; made if it is not there. Without what is in it,
    /// each start asks for another certificate, and CAs limit how many one domain gets.
    #[arg(long = "acme-cache", env = "HEADWATER_ACME_CACHE", requires = "domains")]
    cache: Option<PathBuf>,
    /// PEM file with the root that vouches for the CA's own server, for a private CA.
    #[arg(long = "acme-root", env = "HEADWATER_ACME_ROOT", requires = "domains")]
    root: Option<PathBuf>,
}

impl Flags {
    /// What to ask for, if anything.
    pub(super) fn acme(self) -> Option<Acme> {
        let cache = self.cache?;
        (!self.domains.is_empty()).then_some(Acme {
            domains: self.domains,
            contacts: self.contacts,
            directory: self.directory,
            cache,
            root: self.root,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parse(flags: &[&str]) -> Result<Option<Acme>, clap::Error> {
        let cli = Cli::try_parse_from([&["headwater", "orchestrator"], flags].concat())?;
        let Command::Orchestrator(flags) = cli.command else {
            unreachable!("it is the one that was named");
        };
        Ok(flags.acme.acme())
    }

    #[test]
    fn a_domain_needs_a_contact_and_a_cache_and_stands_alone() {
        let all = [
            "--acme-domain=a.example,b.example",
            "--acme-contact=mailto:x@a.example",
            "--acme-cache=/c",
        ];
        let asked = parse(&all).unwrap().unwrap();
        assert_eq!(asked.domains, ["a.example", "b.example"]);
        assert_eq!(asked.directory, DIRECTORY);
        assert_eq!(parse(&[]).unwrap(), None);
        for (flags, named) in [
            (vec![all[0], all[1]], "--acme-cache"),
            (vec![all[0], all[2]], "--acme-contact"),
            (vec![all[2]], "--acme-domain"),
            ([&all[..], &["--tls=self-signed"]].concat(), "--tls"),
        ] {
            let said = parse(&flags).unwrap_err().to_string();
            assert!(said.contains(named), "{said}");
        }
    }
}
