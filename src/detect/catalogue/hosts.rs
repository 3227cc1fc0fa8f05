//! Host names of AWS resources.
//!
//! A host is read from its end: a public suffix, then region and service labels that anybody may know, then what names
//! the customer's resource. Source: AWS General Reference, "Service endpoints", and the services' user guides.

use super::kinds::Kind;

/// The domains AWS gives host names under. None ends another. The `.cn` of China may follow.
pub static SUFFIXES: &[(&str, Kind)] = &[
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
    (".ec2.internal", Kind::Host),
    (".elasticbeanstalk.com", Kind::Host),
    (".on.aws", Kind::Host),
    (".sc2s.sgov.gov", Kind::Host),
    (".signin.aws.amazon.com", Kind::Host),
];

/// Labels in front of the suffix that name a service, not a customer's resource, and the kind of what is before them.
/// Sorted by label.
pub static SERVICE_LABELS: &[(&str, Kind)] = &[
    ("aoss", Kind::Elasticsearch),
    ("appsync-api", Kind::ApiGateway),
    ("auth", Kind::Cognito),
    ("auth-fips", Kind::Cognito),
    ("cache", Kind::Elasticache),
    ("clustercfg", Kind::Elasticache),
    ("compute", Kind::Host),
    ("compute-1", Kind::Host),
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
    ("s3-control", Kind::S3Bucket),
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

/// Where a resource is named by the path behind a service's own host: `(first label, path in front of the name, path
/// segments of the name, kind)`.
pub static PATHS: &[(&str, &str, usize, Kind)] = &[
    ("git-codecommit", "/v1/repos/", 1, Kind::Codecommit),
    ("queue", "/", 2, Kind::Sqs),
    ("s3", "/", 1, Kind::S3Bucket),
    ("sqs", "/", 2, Kind::Sqs),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_tables_are_sorted() {
        assert!(super::SERVICE_LABELS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(super::PUBLIC_LABELS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
