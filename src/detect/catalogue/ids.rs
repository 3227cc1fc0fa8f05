//! Ids with a shape of their own.

use super::kinds::Kind;

/// How many hexadecimal digits follow a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// 8 (old ids) or 17.
    Old,
    /// 17, or 8 with a letter and a digit among them and no UUID: a word of everyday or a single letter, behind which
    /// `-20240131` and `-12345678` are numbers (`backup-20240131`). Of real ids one in forty has no letter among its 8 digits.
    Mixed,
    /// 17: the service never gave shorter ones (`key-`, whose ids came in 2020), or the word is one that people put in
    /// front of commits and hashes of 8 digits (`task-1a2b3c4d`, `policy-…`, `device-…`).
    New,
}

use Digits::{Mixed, New, Old};

/// `<prefix>-` and lower-case hexadecimal digits. Sorted by prefix.
///
/// Source: EC2 user guide, "Resource IDs"; the patterns of ids in the service models of botocore and the outputs of the
/// AWS CLI command reference for the others; VPC user guide (route servers, exclusions from block public access, verification
/// tokens of IPAM).
pub static SHAPED: &[(&str, Kind, Digits)] = &[
    ("a", Kind::Resource, New),
    ("acl", Kind::NetworkAcl, Old),
    ("aclassoc", Kind::NetworkAcl, Old),
    ("afi", Kind::Resource, Old),
    ("agent", Kind::Resource, New),
    ("agfi", Kind::Resource, Old),
    ("aki", Kind::Ami, Old),
    ("als", Kind::Resource, New),
    ("ami", Kind::Ami, Old),
    ("app", Kind::Resource, New),
    ("ari", Kind::Ami, Old),
    ("as", Kind::Resource, New),
    ("attachment", Kind::Resource, New),
    ("backup", Kind::Efs, Mixed),
    ("bun", Kind::Resource, Old),
    ("c", Kind::Resource, New),
    ("cagw", Kind::Resource, New),
    ("cap", Kind::Resource, New),
    ("cert", Kind::Resource, New),
    ("cgw", Kind::Vpn, Old),
    ("cks", Kind::Resource, New),
    ("connect-peer", Kind::Resource, New),
    ("connector", Kind::Resource, New),
    ("core-network", Kind::Resource, New),
    ("cr", Kind::Resource, Mixed),
    ("crf", Kind::Resource, Old),
    ("csc", Kind::Resource, New),
    ("cvpn-assoc", Kind::Vpn, Old),
    ("cvpn-connection", Kind::Vpn, Old),
    ("cvpn-endpoint", Kind::Vpn, Old),
    ("d-application", Kind::Resource, New),
    ("d-server", Kind::Resource, New),
    ("device", Kind::Resource, New),
    ("dopt", Kind::Resource, Old),
    ("dra", Kind::Efs, Old),
    ("drsjob", Kind::Resource, New),
    ("dv", Kind::Resource, New),
    ("dxrg", Kind::Resource, New),
    ("edge", Kind::Resource, New),
    ("eice", Kind::VpcEndpoint, Old),
    ("eigw", Kind::Igw, Old),
    ("eipalloc", Kind::ElasticIp, Old),
    ("eipassoc", Kind::ElasticIp, Old),
    ("eni", Kind::Eni, Old),
    ("eni-attach", Kind::Eni, Old),
    ("eni-cidr-assoc", Kind::Eni, Old),
    ("eni-perm", Kind::Eni, Old),
    ("exec", Kind::Resource, New),
    ("export", Kind::Resource, New),
    ("export-ami", Kind::Resource, Old),
    ("export-i", Kind::Resource, Old),
    ("fc", Kind::Efs, Old),
    ("fcap", Kind::Resource, Old),
    ("fcapassoc", Kind::Resource, Old),
    ("fi", Kind::Resource, New),
    ("fl", Kind::Resource, Old),
    ("fleet", Kind::Resource, Mixed),
    ("fp", Kind::Resource, New),
    ("fs", Kind::Efs, Old),
    ("fsap", Kind::Efs, Old),
    ("fsmt", Kind::Efs, Old),
    ("fsvol", Kind::Efs, New),
    ("fsvolsnap", Kind::Efs, Old),
    ("global-network", Kind::Resource, New),
    ("h", Kind::Resource, Mixed),
    ("hostkey", Kind::Resource, New),
    ("hr", Kind::Resource, New),
    ("hro", Kind::Resource, New),
    ("i", Kind::Ec2, Old),
    ("iew", Kind::Resource, Old),
    ("igw", Kind::Igw, Old),
    ("iip-assoc", Kind::Resource, New),
    ("import", Kind::Resource, New),
    ("import-ami", Kind::Resource, Old),
    ("import-i", Kind::Resource, Old),
    ("import-snap", Kind::Resource, Old),
    ("import-vol", Kind::Resource, Old),
    ("instance-event", Kind::Resource, Old),
    ("ipam", Kind::Resource, Old),
    ("ipam-ext-res-ver-token", Kind::Resource, Old),
    ("ipam-pool", Kind::Resource, Old),
    ("ipam-res-disco", Kind::Resource, Old),
    ("ipam-res-disco-assoc", Kind::Resource, Old),
    ("ipam-scope", Kind::Resource, Old),
    ("ipv4pool-coip", Kind::Resource, Old),
    ("ipv4pool-ec2", Kind::Resource, Old),
    ("ipv6pool-ec2", Kind::Resource, Old),
    ("key", Kind::KeyPair, New),
    ("lct", Kind::LaunchTemplate, New),
    ("lgw", Kind::Resource, Old),
    ("lgw-rtb", Kind::Resource, Old),
    ("lgw-vif", Kind::Resource, Old),
    ("lgw-vif-grp", Kind::Resource, Old),
    ("lgw-vif-grp-assoc", Kind::Resource, Old),
    ("lgw-vpc-assoc", Kind::Resource, Old),
    ("link", Kind::Resource, New),
    ("listener", Kind::Elb, New),
    ("loc", Kind::Resource, New),
    ("lt", Kind::LaunchTemplate, Old),
    ("macmodification", Kind::Resource, New),
    ("mgnjob", Kind::Resource, New),
    ("mi", Kind::Ec2, Old),
    ("mw", Kind::Resource, New),
    ("nat", Kind::NatGw, Old),
    ("nia", Kind::Resource, New),
    ("nip", Kind::Resource, New),
    ("nis", Kind::Resource, New),
    ("nisa", Kind::Resource, New),
    ("nmd", Kind::Resource, New),
    ("nn", Kind::Resource, New),
    ("no", Kind::Resource, New),
    ("oo", Kind::Resource, New),
    ("ooi", Kind::Resource, New),
    ("op", Kind::Resource, New),
    ("oq", Kind::Resource, New),
    ("oqo", Kind::Resource, New),
    ("os", Kind::Resource, New),
    ("p", Kind::Resource, New),
    ("pb", Kind::Resource, New),
    ("pcx", Kind::Peering, Old),
    ("peering", Kind::Resource, New),
    ("pg", Kind::Resource, Mixed),
    ("pit", Kind::Resource, New),
    ("pl", Kind::Resource, Old),
    ("policy", Kind::Resource, New),
    ("prx", Kind::Resource, New),
    ("prx-endpoint", Kind::Resource, New),
    ("prx-tg", Kind::Resource, New),
    ("r", Kind::Ec2, Old),
    ("rcfg", Kind::Resource, New),
    ("rct", Kind::Resource, New),
    ("rea", Kind::Resource, New),
    ("replacevol", Kind::Resource, Old),
    ("report", Kind::Resource, New),
    ("rgw", Kind::Resource, New),
    ("riex", Kind::Resource, Old),
    ("rimod", Kind::Resource, Old),
    ("rni", Kind::Resource, New),
    ("rs", Kind::Resource, New),
    ("rse", Kind::Resource, New),
    ("rslvr-fdl", Kind::Route53, New),
    ("rslvr-frg", Kind::Route53, New),
    ("rslvr-frgassoc", Kind::Route53, New),
    ("rslvr-in", Kind::Route53, New),
    ("rslvr-out", Kind::Route53, New),
    ("rslvr-qlc", Kind::Route53, New),
    ("rslvr-rr", Kind::Route53, New),
    ("rslvr-rrassoc", Kind::Route53, New),
    ("rsp", Kind::Resource, New),
    ("rtb", Kind::RouteTable, Old),
    ("rtbassoc", Kind::RouteTable, Old),
    ("rule", Kind::Elb, New),
    ("s", Kind::Resource, New),
    ("scr", Kind::Resource, New),
    ("sfr", Kind::Resource, Old),
    ("sg", Kind::SecurityGroup, Old),
    ("sgr", Kind::SecurityGroup, Old),
    ("sgw", Kind::Resource, Old),
    ("sir", Kind::Resource, Old),
    ("site", Kind::Resource, New),
    ("sn", Kind::Resource, New),
    ("snap", Kind::Snapshot, Old),
    ("snra", Kind::Resource, New),
    ("snsa", Kind::Resource, New),
    ("snva", Kind::Resource, New),
    ("subnet", Kind::Subnet, Old),
    ("subnet-cidr-assoc", Kind::Subnet, Old),
    ("svc", Kind::Resource, New),
    ("svm", Kind::Efs, New),
    ("svol", Kind::Efs, New),
    ("task", Kind::Resource, New),
    ("tg", Kind::Elb, New),
    ("tgw", Kind::Tgw, Old),
    ("tgw-attach", Kind::Tgw, Old),
    ("tgw-connect-peer", Kind::Tgw, Old),
    ("tgw-mcast-domain", Kind::Tgw, Old),
    ("tgw-ptb", Kind::Tgw, Old),
    ("tgw-rtb", Kind::Tgw, Old),
    ("tgw-rtb-ann", Kind::Tgw, Old),
    ("tmf", Kind::Resource, New),
    ("tmfr", Kind::Resource, New),
    ("tms", Kind::Resource, New),
    ("tmt", Kind::Resource, New),
    ("vae", Kind::Resource, New),
    ("vagr", Kind::Resource, New),
    ("vai", Kind::Resource, New),
    ("vatp", Kind::Resource, New),
    ("vcc", Kind::Resource, New),
    ("vgw", Kind::Vpn, Old),
    ("vol", Kind::EbsVolume, Old),
    ("volsnap", Kind::Efs, Old),
    ("vpc", Kind::Vpc, Old),
    ("vpc-cidr-assoc", Kind::Vpc, Old),
    ("vpcbpa-exclude", Kind::Resource, Old),
    ("vpce", Kind::VpcEndpoint, Old),
    ("vpce-nfn", Kind::VpcEndpoint, Old),
    ("vpce-rsc-asc", Kind::VpcEndpoint, Old),
    ("vpce-svc", Kind::VpcEndpoint, Old),
    ("vpcec", Kind::Resource, New),
    ("vpn", Kind::Vpn, Old),
    ("vpn-endpoint", Kind::Vpn, Old),
    ("w", Kind::Resource, New),
    ("wave", Kind::Resource, New),
    ("webapp", Kind::Resource, New),
    ("wt", Kind::Resource, New),
];

/// Prefixes in front of a UUID. Sorted.
///
/// Source: the API references of EC2 (fleets and Spot fleets) and of Managed Service for Prometheus (workspaces).
pub static BEFORE_UUID: &[(&str, Kind)] = &[("fleet", Kind::Resource), ("sfr", Kind::Resource), ("ws", Kind::Resource)];

/// The alphabet behind the hyphen of a prefix of [`COINED`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// `[0-9a-f]`
    Hex,
    /// `[0-9a-z]`
    Lower,
    /// `[0-9A-Z]`
    Upper,
}

/// What must be among the characters behind the hyphen of a prefix of [`COINED`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mixture {
    /// Nothing: no word is spelled so.
    Any,
    /// A letter and a digit: words stand behind such a prefix too (`ws-connector`, `%s-CONFIGURATION`).
    Both,
}

use Mixture::{Any, Both};

/// `<prefix>-` and a length range of an alphabet. Sorted by prefix.
///
/// Source: the API references of Directory Service, Direct Connect, EMR, Organizations, RDS, KMS and WorkSpaces.
pub static COINED: &[(&str, Kind, Alphabet, usize, usize, Mixture)] = &[
    ("cluster", Kind::Rds, Alphabet::Upper, 26, 26, Any),
    ("d", Kind::Resource, Alphabet::Hex, 10, 10, Any),
    ("db", Kind::Rds, Alphabet::Upper, 26, 26, Any),
    ("dxcon", Kind::Resource, Alphabet::Lower, 8, 8, Any),
    ("dxlag", Kind::Resource, Alphabet::Lower, 8, 8, Any),
    ("dxvif", Kind::Resource, Alphabet::Lower, 8, 8, Any),
    ("ig", Kind::Emr, Alphabet::Upper, 10, 14, Any),
    ("j", Kind::Emr, Alphabet::Upper, 10, 14, Any),
    ("mrk", Kind::Kms, Alphabet::Hex, 32, 32, Any),
    ("o", Kind::Organization, Alphabet::Lower, 10, 32, Both),
    ("s", Kind::Emr, Alphabet::Upper, 10, 14, Both),
    ("sgw", Kind::Resource, Alphabet::Upper, 8, 8, Any),
    ("sir", Kind::Resource, Alphabet::Lower, 8, 8, Both),
    ("ws", Kind::Resource, Alphabet::Lower, 9, 9, Both),
    ("wsb", Kind::Resource, Alphabet::Lower, 9, 9, Both),
];

/// The first four letters of an IAM unique id of 20 or 21 characters.
///
/// Source: IAM user guide, "Understanding unique ID prefixes".
pub static UNIQUE: &[(&str, Kind)] = &[
    ("ABIA", Kind::AccessKey),
    ("ACCA", Kind::AccessKey),
    ("AGPA", Kind::IamId),
    ("AIDA", Kind::IamUser),
    ("AIPA", Kind::IamId),
    ("AKIA", Kind::AccessKey),
    ("ANPA", Kind::IamId),
    ("ANVA", Kind::IamId),
    ("APKA", Kind::IamId),
    ("AROA", Kind::IamRole),
    ("ASCA", Kind::IamId),
    ("ASIA", Kind::AccessKey),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_tables_are_sorted() {
        assert!(super::UNIQUE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(super::SHAPED.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(super::BEFORE_UUID.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(super::COINED.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    /// Of `\ni-0…` the `n` is a line break's, so that `ni-` cannot be told from `i-`.
    #[test]
    fn no_prefix_is_the_letter_of_an_escape_and_another() {
        let is_prefix = |word: &str| super::SHAPED.iter().any(|row| row.0 == word);
        let doubtful = super::SHAPED.iter().filter(|row| row.0.starts_with(['n', 'r', 't']) && is_prefix(&row.0[1..]));
        // Whose `\r` no line break follows, and both are the same kind.
        assert_eq!(doubtful.map(|row| row.0).collect::<Vec<_>>(), ["rs"]);
    }
}
