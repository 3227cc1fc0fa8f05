//! Ids with a shape of their own.

use super::kinds::Kind;

/// `<prefix>-` and 8 or 17 lower-case hexadecimal digits. Sorted by prefix.
///
/// Source: EC2 user guide, "Resource IDs"; the service authorization reference for the others.
pub static SHAPED: &[(&str, Kind)] = &[
    ("acl", Kind::NetworkAcl),
    ("aclassoc", Kind::NetworkAcl),
    ("aki", Kind::Ami),
    ("ami", Kind::Ami),
    ("ari", Kind::Ami),
    ("backup", Kind::Resource),
    ("bun", Kind::Resource),
    ("cagw", Kind::Resource),
    ("cgw", Kind::Vpn),
    ("coip-pool", Kind::Resource),
    ("cr", Kind::Resource),
    ("cvpn-endpoint", Kind::Vpn),
    ("dopt", Kind::Resource),
    ("eigw", Kind::Igw),
    ("eipalloc", Kind::ElasticIp),
    ("eipassoc", Kind::ElasticIp),
    ("eni", Kind::Eni),
    ("eni-attach", Kind::Eni),
    ("export-i", Kind::Resource),
    ("fl", Kind::Resource),
    ("fleet", Kind::Resource),
    ("fs", Kind::Efs),
    ("fsap", Kind::Efs),
    ("fsmt", Kind::Efs),
    ("h", Kind::Resource),
    ("i", Kind::Ec2),
    ("igw", Kind::Igw),
    ("import-ami", Kind::Resource),
    ("import-i", Kind::Resource),
    ("ipam", Kind::Resource),
    ("ipam-pool", Kind::Resource),
    ("ipam-scope", Kind::Resource),
    ("key", Kind::Resource),
    ("lgw", Kind::Resource),
    ("lgw-rtb", Kind::Resource),
    ("lt", Kind::LaunchTemplate),
    ("nat", Kind::NatGw),
    ("pcx", Kind::Peering),
    ("pl", Kind::Resource),
    ("r", Kind::Ec2),
    ("rtb", Kind::RouteTable),
    ("rtbassoc", Kind::RouteTable),
    ("sfr", Kind::Resource),
    ("sg", Kind::SecurityGroup),
    ("sgr", Kind::SecurityGroup),
    ("sir", Kind::Resource),
    ("snap", Kind::Snapshot),
    ("subnet", Kind::Subnet),
    ("svol", Kind::Efs),
    ("tgw", Kind::Tgw),
    ("tgw-attach", Kind::Tgw),
    ("tgw-mcast-domain", Kind::Tgw),
    ("tgw-rtb", Kind::Tgw),
    ("vagr", Kind::Resource),
    ("vai", Kind::Resource),
    ("vatp", Kind::Resource),
    ("vgw", Kind::Vpn),
    ("vol", Kind::EbsVolume),
    ("vpc", Kind::Vpc),
    ("vpce", Kind::VpcEndpoint),
    ("vpce-svc", Kind::VpcEndpoint),
    ("vpn", Kind::Vpn),
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
        let mut sorted: Vec<_> = super::SHAPED.to_vec();
        sorted.sort_by_key(|row| row.0);
        assert_eq!(super::SHAPED, sorted);
    }
}
