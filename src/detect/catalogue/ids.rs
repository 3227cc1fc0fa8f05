//! Ids with a shape of their own.

use super::kinds::Kind;

/// How many hexadecimal digits follow a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// 8 (old ids) or 17.
    Old,
    /// 17: the service never gave shorter ones, or 8 digits behind such a word are not an id.
    New,
}

use Digits::{New, Old};

/// `<prefix>-` and lower-case hexadecimal digits. Sorted by prefix.
///
/// Source: EC2 user guide, "Resource IDs"; the service authorization reference for the others.
pub static SHAPED: &[(&str, Kind, Digits)] = &[
    ("acl", Kind::NetworkAcl, Old),
    ("aclassoc", Kind::NetworkAcl, Old),
    ("afi", Kind::Resource, Old),
    ("agent", Kind::Resource, New),
    ("agfi", Kind::Resource, Old),
    ("aki", Kind::Ami, Old),
    ("ami", Kind::Ami, Old),
    ("ari", Kind::Ami, Old),
    ("backup", Kind::Efs, New),
    ("bun", Kind::Resource, Old),
    ("c", Kind::Resource, New),
    ("cagw", Kind::Resource, New),
    ("cgw", Kind::Vpn, Old),
    ("cr", Kind::Resource, New),
    ("cvpn-assoc", Kind::Vpn, New),
    ("cvpn-connection", Kind::Vpn, New),
    ("cvpn-endpoint", Kind::Vpn, New),
    ("dopt", Kind::Resource, Old),
    ("dra", Kind::Efs, Old),
    ("eice", Kind::VpcEndpoint, New),
    ("eigw", Kind::Igw, Old),
    ("eipalloc", Kind::ElasticIp, Old),
    ("eipassoc", Kind::ElasticIp, Old),
    ("eni", Kind::Eni, Old),
    ("eni-attach", Kind::Eni, Old),
    ("eni-cidr-assoc", Kind::Eni, Old),
    ("exec", Kind::Resource, New),
    ("export-ami", Kind::Resource, Old),
    ("export-i", Kind::Resource, Old),
    ("fl", Kind::Resource, Old),
    ("fleet", Kind::Resource, New),
    ("fs", Kind::Efs, Old),
    ("fsap", Kind::Efs, Old),
    ("fsmt", Kind::Efs, Old),
    ("fsvol", Kind::Efs, New),
    ("fsvolsnap", Kind::Efs, New),
    ("h", Kind::Resource, New),
    ("i", Kind::Ec2, Old),
    ("igw", Kind::Igw, Old),
    ("iip-assoc", Kind::Resource, New),
    ("import-ami", Kind::Resource, Old),
    ("import-i", Kind::Resource, Old),
    ("import-snap", Kind::Resource, Old),
    ("import-vol", Kind::Resource, Old),
    ("ipam", Kind::Resource, New),
    ("ipam-pool", Kind::Resource, New),
    ("ipam-res-disco", Kind::Resource, New),
    ("ipam-res-disco-assoc", Kind::Resource, New),
    ("ipam-scope", Kind::Resource, New),
    ("ipv4pool-coip", Kind::Resource, New),
    ("ipv4pool-ec2", Kind::Resource, New),
    ("ipv6pool-ec2", Kind::Resource, New),
    ("key", Kind::KeyPair, New),
    ("lgw", Kind::Resource, New),
    ("lgw-rtb", Kind::Resource, New),
    ("lgw-vif", Kind::Resource, New),
    ("lgw-vif-grp", Kind::Resource, New),
    ("lgw-vpc-assoc", Kind::Resource, New),
    ("listener", Kind::Elb, New),
    ("loc", Kind::Resource, New),
    ("lt", Kind::LaunchTemplate, Old),
    ("mi", Kind::Ec2, New),
    ("mw", Kind::Resource, New),
    ("nat", Kind::NatGw, Old),
    ("nia", Kind::Resource, New),
    ("nip", Kind::Resource, New),
    ("nis", Kind::Resource, New),
    ("nisa", Kind::Resource, New),
    ("pb", Kind::Resource, New),
    ("pcx", Kind::Peering, Old),
    ("pg", Kind::Resource, New),
    ("pl", Kind::Resource, Old),
    ("r", Kind::Ec2, Old),
    ("rslvr-fdl", Kind::Route53, New),
    ("rslvr-frg", Kind::Route53, New),
    ("rslvr-frgassoc", Kind::Route53, New),
    ("rslvr-in", Kind::Route53, New),
    ("rslvr-out", Kind::Route53, New),
    ("rslvr-qlc", Kind::Route53, New),
    ("rslvr-rr", Kind::Route53, New),
    ("rslvr-rrassoc", Kind::Route53, New),
    ("rtb", Kind::RouteTable, Old),
    ("rtbassoc", Kind::RouteTable, Old),
    ("rule", Kind::Elb, New),
    ("s", Kind::Resource, New),
    ("scr", Kind::Resource, New),
    ("sfr", Kind::Resource, Old),
    ("sg", Kind::SecurityGroup, Old),
    ("sgr", Kind::SecurityGroup, Old),
    ("sir", Kind::Resource, Old),
    ("sn", Kind::Resource, New),
    ("snap", Kind::Snapshot, Old),
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
    ("tgw-connect-peer", Kind::Tgw, New),
    ("tgw-mcast-domain", Kind::Tgw, New),
    ("tgw-ptb", Kind::Tgw, New),
    ("tgw-rtb", Kind::Tgw, Old),
    ("tgw-rtb-ann", Kind::Tgw, New),
    ("tmf", Kind::Resource, New),
    ("tmfr", Kind::Resource, New),
    ("tms", Kind::Resource, New),
    ("tmt", Kind::Resource, New),
    ("vae", Kind::Resource, New),
    ("vagr", Kind::Resource, New),
    ("vai", Kind::Resource, New),
    ("vatp", Kind::Resource, New),
    ("vgw", Kind::Vpn, Old),
    ("vol", Kind::EbsVolume, Old),
    ("vpc", Kind::Vpc, Old),
    ("vpc-cidr-assoc", Kind::Vpc, Old),
    ("vpce", Kind::VpcEndpoint, Old),
    ("vpce-svc", Kind::VpcEndpoint, Old),
    ("vpn", Kind::Vpn, Old),
    ("w", Kind::Resource, New),
    ("wt", Kind::Resource, New),
];

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

/// `<prefix>-` and a length range of an alphabet, a letter and a digit among them. Sorted by prefix.
///
/// Source: the API references of Directory Service, Direct Connect, EMR, Organizations, RDS, KMS and WorkSpaces.
pub static COINED: &[(&str, Kind, Alphabet, usize, usize)] = &[
    ("cluster", Kind::Rds, Alphabet::Upper, 26, 26),
    ("d", Kind::Resource, Alphabet::Hex, 10, 10),
    ("db", Kind::Rds, Alphabet::Upper, 26, 26),
    ("dxcon", Kind::Resource, Alphabet::Lower, 8, 8),
    ("dxlag", Kind::Resource, Alphabet::Lower, 8, 8),
    ("dxvif", Kind::Resource, Alphabet::Lower, 8, 8),
    ("ig", Kind::Emr, Alphabet::Upper, 10, 14),
    ("j", Kind::Emr, Alphabet::Upper, 10, 14),
    ("mrk", Kind::Kms, Alphabet::Hex, 32, 32),
    ("o", Kind::Organization, Alphabet::Lower, 10, 32),
    ("s", Kind::Emr, Alphabet::Upper, 10, 14),
    ("sgw", Kind::Resource, Alphabet::Upper, 8, 8),
    ("ws", Kind::Resource, Alphabet::Lower, 9, 9),
    ("wsb", Kind::Resource, Alphabet::Lower, 9, 9),
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
        assert!(super::COINED.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
