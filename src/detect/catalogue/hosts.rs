//! Host names of AWS resources.
//!
//! A host is read from its end: a public suffix, then region and service labels that anybody may know, then what names
//! the customer's resource. Source: AWS General Reference, "Service endpoints", and the services' user guides.

use super::kinds::Kind;

/// The domains AWS gives host names under. None ends another. The `.cn` of China may follow.
pub const SUFFIXES: &[(&str, Kind)] = &[
    (".amazonaws.com", Kind::Host),
    (".amazonaws.eu", Kind::Host),
    (".amazoncognito.com", Kind::Cognito),
    (".amplifyapp.com", Kind::Host),
    (".api.aws", Kind::Host),
    (".awsapprunner.com", Kind::Host),
    (".awsapps.com", Kind::Host),
    (".awsglobalaccelerator.com", Kind::Host),
    (".c2s.ic.gov", Kind::Host),
    (".cloudfront.net", Kind::Cloudfront),
    (".compute.internal", Kind::Host),
    (".console.aws.amazon.com", Kind::Host),
    (".ec2.internal", Kind::Host),
    (".elasticbeanstalk.com", Kind::Host),
    (".on.aws", Kind::Host),
    (".sc2s.sgov.gov", Kind::Host),
    (".signin.aws.amazon.com", Kind::Host),
];

/// What the names of regions begin with. Sorted.
///
/// Source: AWS General Reference, "AWS Regions".
pub static AREAS: &[&str] = &["af", "ap", "ca", "cn", "eu", "eusc", "il", "me", "mx", "sa", "us"];
/// The words in front of the number. Sorted.
pub static COMPASS: &[&str] =
    &["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];

/// Labels in front of the suffix that name a service, not a customer's resource, and the kind of what is before them.
/// Sorted by label.
pub static SERVICE_LABELS: &[(&str, Kind)] = &[
    ("aoss", Kind::Elasticsearch),
    ("appsync-api", Kind::ApiGateway),
    ("auth", Kind::Cognito),
    ("auth-fips", Kind::Cognito),
    ("cache", Kind::Elasticache),
    ("clustercfg", Kind::Elasticache),
    ("codeartifact", Kind::Host),
    ("compute", Kind::Host),
    ("compute-1", Kind::Host),
    ("control-kinesis", Kind::Kinesis),
    ("data-kinesis", Kind::Kinesis),
    ("ddb", Kind::Dynamodb),
    ("docdb", Kind::Rds),
    ("docdb-elastic", Kind::Rds),
    ("dualstack", Kind::Host),
    ("efs", Kind::Efs),
    ("eks", Kind::Eks),
    ("elb", Kind::Elb),
    ("es", Kind::Elasticsearch),
    ("execute-api", Kind::ApiGateway),
    ("iot", Kind::Host),
    ("kafka", Kind::Host),
    ("kinesis", Kind::Kinesis),
    ("lambda-url", Kind::Lambda),
    ("memorydb", Kind::Elasticache),
    ("mq", Kind::Host),
    ("neptune", Kind::Rds),
    ("rds", Kind::Rds),
    ("redshift", Kind::Redshift),
    ("redshift-serverless", Kind::Redshift),
    ("s3", Kind::S3Bucket),
    ("s3-accelerate", Kind::S3Bucket),
    ("s3-accesspoint", Kind::S3Bucket),
    ("s3-control", Kind::Host),
    ("s3-website", Kind::S3Bucket),
    ("s3express", Kind::S3Bucket),
    ("server", Kind::Host),
    ("serverless", Kind::Elasticache),
    ("transfer", Kind::Host),
    ("vpc-lattice-svcs", Kind::Host),
    ("vpce", Kind::VpcEndpoint),
];

/// First labels of endpoints with more than one service label (`api.ecr.<region>.amazonaws.com`): public names. Sorted.
pub static PUBLIC_LABELS: &[&str] = &[
    "agent",
    "api",
    "ats",
    "auth",
    "batch",
    "cognito-identity",
    "cognito-idp",
    "console",
    "data",
    "data-ats",
    "entitlement",
    "git-codecommit",
    "logs",
    "metering",
    "models",
    "portal",
    "public",
    "runtime",
    "signin",
    "streams",
    "www",
];

/// Labels in front of a resource's name that say which of its hosts that is; they are the same for everybody. So is an
/// availability zone (`us-east-1a.fs-…`) and the number of a broker (`b-1.orders.…`).
///
/// Source: the user guides of ElastiCache and MemoryDB ("Finding connection endpoints"), EKS ("IAM roles for service
/// accounts") and S3 ("AWS PrivateLink for Amazon S3").
pub static ROLE_LABELS: &[(Kind, &[&str])] = &[
    (Kind::Eks, &["oidc"]),
    (Kind::Elasticache, &["clustercfg", "master", "replica"]),
    (Kind::VpcEndpoint, &["accesspoint", "bucket", "control"]),
];

/// Suffixes in front of which the last label is the name: `main.d1a2b3c4d5e6f7.amplifyapp.com`, whose first is a branch.
pub static NAMED_LAST: &[&str] = &[".amplifyapp.com"];

/// Where a resource is named by the path behind a service's own host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The host's first label is that, or the last before its suffix.
    Label(&'static str),
    /// The suffix is that.
    Suffix(&'static str),
}

/// `(host, path in front of the name, path segments of the name, kind)`. The first row that fits decides.
pub static PATHS: &[(At, &str, usize, Kind)] = &[
    (At::Suffix(".console.aws.amazon.com"), "", 0, Kind::Host),
    (At::Label("bucket"), "/", 1, Kind::S3Bucket),
    (At::Label("git-codecommit"), "/v1/repos/", 1, Kind::Codecommit),
    (At::Label("oidc"), "/id/", 1, Kind::Eks),
    (At::Label("oidc-eks"), "/id/", 1, Kind::Eks),
    // The namespaces of the answers in XML.
    (At::Label("queue"), "/doc/20", 0, Kind::Sqs),
    (At::Label("queue"), "/", 2, Kind::Sqs),
    (At::Label("s3"), "/doc/2006-03-01", 0, Kind::S3Bucket),
    (At::Label("s3"), "/", 1, Kind::S3Bucket),
    (At::Label("sqs"), "/", 2, Kind::Sqs),
    (At::Label("sqs-fips"), "/", 2, Kind::Sqs),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_tables_are_sorted() {
        assert!(super::SUFFIXES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(super::SERVICE_LABELS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for table in [super::PUBLIC_LABELS, super::AREAS, super::COMPASS] {
            assert!(table.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
