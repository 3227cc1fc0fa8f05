//! What stands around a name and tells that it is one, and what stands around words that are none.

use crate::config::Config;
use crate::detect::catalogue::kinds::Kind;
use crate::Masker;

/// Bodies and the names in them, in order.
const NAMES: &[(Kind, &str, &[&str])] = &[
    // A flag and its value are two items of a list.
    (Kind::Ecs, "args:\n      - get-token\n      - --cluster-name\n      - payments\n      - --region\n", &["payments"]),
    (Kind::Eks, "args:\n- --nodegroup-name\n- \"workers\"\n", &["workers"]),
    (Kind::Ecs, r#"CMD ["get-token", "--cluster-name", "payments"]"#, &["payments"]),
    (Kind::Ecs, r#"{"x":"see [\"--cluster-name\", \"payments\"] there"}"#, &["payments"]),
    (Kind::Ecs, r#"{"args":["get-token","--cluster-name","payments","--region"]}"#, &["payments"]),
    (Kind::S3Bucket, r#"["aws","s3api","list-objects","--bucket","acmelake"]"#, &["acmelake"]),
    (Kind::Eks, r#"["aws","eks","describe-cluster","--name","payments"]"#, &["payments"]),
    (Kind::Eks, r#"run(["aws", "eks", "describe-cluster", "--name", "payments"])"#, &["payments"]),
    (Kind::S3Bucket, "subprocess.run(['aws', 's3api', 'head-bucket', '--bucket', 'acmelake'])", &["acmelake"]),
    // A block ends, and what is nested in it has names of its own.
    (Kind::Sqs, "resource \"aws_sqs_queue\" \"a\" { name = \"jobs\" }\nresource \"helm_release\" \"y\" { name = \"prometheus\" }", &["jobs"]),
    (Kind::Sqs, "resource \"aws_sqs_queue\" \"a\" {\n  name = \"jobs\"\n}\nmodule \"m\" {\n  name = \"prometheus\"\n}\n", &["jobs"]),
    (Kind::Sqs, "resource \"aws_sqs_queue\" \"a\" {\n  name = \"jobs\"\n}\nlocals {\n  x = { name = \"prometheus\" }\n}\n", &["jobs"]),
    (Kind::Dynamodb, "resource \"aws_dynamodb_table\" \"t\" {\n  attribute {\n    name = \"LockID\"\n    type = \"S\"\n  }\n  name = \"zorblax\"\n}", &["zorblax"]),
    (Kind::Rds, "resource \"aws_db_parameter_group\" \"p\" {\n  family = \"postgres15\"\n  name = \"zorblax\"\n  parameter {\n    name = \"log_connections\"\n  }\n}", &["zorblax"]),
    (Kind::Ecs, "resource \"aws_ecs_cluster\" \"c\" {\n  setting { name = \"containerInsights\" }\n  name = \"zorblax\"\n}", &["zorblax"]),
    (Kind::Ecs, "resource \"aws_ecs_task_definition\" \"t\" {\n  family = \"zorblax\"\n  x = jsonencode([{ name = \"app\" }])\n}", &["zorblax"]),
    (Kind::Dynamodb, r#"{"type":"aws_dynamodb_table","values":{"attribute":[{"name":"id","type":"S"}],"name":"zorblax"}}"#, &["zorblax"]),
    (Kind::Dynamodb, r#"{"type":"aws_dynamodb_table","instances":[{"attributes":{"attribute":[{"name":"id","type":"S"}],"name":"zorblax"}}]}"#, &["zorblax"]),
    (Kind::Dynamodb, r#"see {"type":"aws_dynamodb_table","instances":[{"attributes":{"attribute":[{"name":"id","type":"S"}],"name":"zorblax"}}]}"#, &["zorblax"]),
    (Kind::S3Bucket, r#"{"Buckets":[{"Name":"zorblax"},{"Name":"vorblax"}],"Owner":{"Name":"ops"}}"#, &["zorblax", "vorblax"]),
    (Kind::S3Bucket, "r = {\"Buckets\": [{\"Name\": \"zorblax\"}]}\nname = \"prometheus\"\nName: prometheus\n", &["zorblax"]),
    (Kind::S3Bucket, "Buckets:\n- Name: zorblax\n  X: y\n- Name: vorblax\nName: prometheus\n", &["zorblax", "vorblax"]),
    (Kind::Sqs, r#"{"resource":{"aws_sqs_queue":{"q":{"name":"zorblax"}},"helm_release":{"y":{"name":"prometheus"}}}}"#, &["zorblax"]),
    (Kind::S3Bucket, "Buckets: ${x} Name: zorblax\n", &["zorblax"]),
    // PowerShell.
    (Kind::S3Bucket, "Get-S3Object -BucketName acmelake", &["acmelake"]),
    (Kind::S3Bucket, "Write-Host 'x'; -BucketName 'acmelake'", &["acmelake"]),
    (Kind::IamRole, "Get-IAMRole -RoleName deployer", &["deployer"]),
    (Kind::Cloudformation, "Get-CFNStack -Region eu-west-1 -StackName orders", &["orders"]),
    (Kind::Lambda, "Invoke-LMFunction -FunctionName resize", &["resize"]),
    // Flags of commands.
    (Kind::Batch, "aws batch submit-job --job-name x --job-queue high --job-definition calc:3", &["high", "calc"]),
    (Kind::Athena, "aws athena start-query-execution --work-group bi-x --query-string x", &["bi-x"]),
    (Kind::Glue, "aws glue start-job-run --job-name nightly", &["nightly"]),
    (Kind::ApiGateway, "aws apigatewayv2 get-api --api-id a1b2c3d4e5", &["a1b2c3d4e5"]),
    (Kind::Eks, "eksctl scale nodegroup --cluster payments --nodes 3", &["payments"]),
    (Kind::Eks, "eksctl scale nodegroup --cluster payments --name workers", &["payments", "workers"]),
    (Kind::Eks, "aws eks update-kubeconfig --cluster-name payments", &["payments"]),
    (Kind::Ecs, "aws ecs register-task-definition --family zorblax", &["zorblax"]),
    // Lists and tables.
    (Kind::Eks, r#"{"nodegroups":["workers","spot"]}"#, &["workers", "spot"]),
    (Kind::Eks, "nodegroups:\n- workers\n- spotty\n", &["workers", "spotty"]),
    (Kind::Eks, "---------------\n|ListClusters |\n+-------------+\n||  clusters ||\n|+-----------+|\n||  payments ||\n||  search   ||\n|+-----------+|\n", &["payments", "search"]),
    (Kind::Dynamodb, "---------------------\n|    ListTables     |\n+-------------------+\n||   TableNames    ||\n|+-----------------+|\n||  Orders         ||\n||  Sessions       ||\n|+-----------------+|\n", &["Orders", "Sessions"]),
    (Kind::S3Bucket, "|            ListBuckets            |\n+-----------------------------------+\n||             Buckets             ||\n|+--------------------+------------+|\n||    CreationDate    |    Name    ||\n|+--------------------+------------+|\n||  2023-01-01T00:00  |  acmelake  ||\n||  2023-01-01T00:00  |  zorblax   ||\n|+--------------------+------------+|\n", &["acmelake", "zorblax"]),
    // Terraform.
    (Kind::S3Bucket, r#"{"bucket_name":{"sensitive":false,"type":"string","value":"acmelake"}}"#, &["acmelake"]),
    (Kind::S3Bucket, r#"out: {"bucket_name": {"sensitive": false, "type": "string", "value": "acmelake"}}"#, &["acmelake"]),
    (Kind::S3Bucket, "variable \"bucket_name\" {\n  type = string\n  default = \"acmelake\"\n}", &["acmelake"]),
    (Kind::S3Bucket, "variable \"bucket_name\" { default = \"acmelake\" }", &["acmelake"]),
    (Kind::S3Bucket, "terraform init -backend-config=\"bucket=acmestate\"", &["acmestate"]),
    (Kind::S3Bucket, "terraform init -backend-config=bucket=acmestate", &["acmestate"]),
    (Kind::S3Bucket, "terraform import aws_s3_bucket.b acmelake", &["acmelake"]),
    (Kind::IamRole, "$ terraform import 'aws_vpc.x' y; terraform import aws_iam_role.this[0] deployer\n", &["deployer"]),
    (Kind::S3Bucket, "Error: creating S3 Bucket (acmelake): BucketAlreadyExists", &["acmelake"]),
    (Kind::IamRole, "Error: reading IAM Role (deployer): NoSuchEntity", &["deployer"]),
    (Kind::Rds, "Error: deleting RDS DB Instance (orders): InvalidState", &["orders"]),
    (Kind::Eks, "Error: waiting for EKS Cluster (payments): timeout", &["payments"]),
    (Kind::Eks, "creating EKS Cluster (pay-ments) failed", &["pay-ments"]),
    // What is copied from.
    (Kind::S3Bucket, r#"{"CopySource":"acmelake/k/x.csv"}"#, &["acmelake"]),
    (Kind::S3Bucket, "aws s3api copy-object --copy-source acme-lake/k", &["acme-lake"]),
    (Kind::S3Bucket, "x-amz-copy-source: /acmelake/k.txt\n", &["acmelake"]),
    // Messages and code.
    (Kind::S3Bucket, "The bucket does not exist: acmelake", &["acmelake"]),
    (Kind::Ecs, "(service acme-api) has reached a steady state.", &["acme-api"]),
    (Kind::S3Bucket, "GetObjectRequest.builder().bucket(\"acme-lake\").key(k)", &["acme-lake"]),
    (Kind::Dynamodb, "QueryRequest.builder().tableName(\"zor-blax\")", &["zor-blax"]),
    (Kind::S3Bucket, "bucket_name := \"acmelake\"", &["acmelake"]),
    (Kind::S3Bucket, "bucket: str = \"acmelake\"", &["acmelake"]),
    (Kind::S3Bucket, "const bucketName: string = 'acmelake';", &["acmelake"]),
    (Kind::S3Bucket, "s3.Bucket.fromBucketName(this, 'X', 'acme-lake')", &["acme-lake"]),
    (Kind::S3Bucket, "s3.Bucket.fromBucketName(this,'X','acme-lake')", &["acme-lake"]),
    // The type behind the id.
    (Kind::Resource, r#"{"PhysicalResourceId":"SessionsTable","ResourceType":"AWS::DynamoDB::Table"}"#, &["SessionsTable"]),
    // Events, metrics, labels and tags.
    (Kind::S3Bucket, r#"{"detail":{"bucket":{"name":"acmelake"},"object":{"key":"x"}}}"#, &["acmelake"]),
    (Kind::S3Bucket, r#"got {"detail": {"bucket": {"name": "acmelake"}, "requester": {"name": "ops"}}}"#, &["acmelake"]),
    (Kind::Sqs, r#"{"metrics":[["AWS/SQS","X","QueueName","jobs"]]}"#, &["jobs"]),
    (Kind::Sqs, "--dimensions Name=QueueName,Value=orders", &["orders"]),
    (Kind::Eks, "    kubernetes.io/cluster/payments: shared\n", &["payments"]),
    (Kind::Eks, r#"{"tags":{"kubernetes.io/cluster/payments":"owned"}}"#, &["payments"]),
    (Kind::Ecs, "Labels:  alpha.eksctl.io/cluster-name=payments\n", &["payments"]),
    (Kind::Eks, "  eks.amazonaws.com/nodegroup=workers\n", &["workers"]),
    (Kind::Cloudformation, r#"{"tags":{"aws:cloudformation:stack-name":"orders"}}"#, &["orders"]),
    (Kind::Lambda, "aws_lambda_errors_sum{dimension_FunctionName=\"resize\"} 3", &["resize"]),
    (Kind::Eks, "    karpenter.sh/discovery: payments\n", &["payments"]),
    (Kind::Resource, "    crossplane.io/external-name: acmelake\n", &["acmelake"]),
    (Kind::Eks, "kind: ClusterConfig\nmetadata:\n  name: payments\niam:\n  serviceAccounts:\n    - metadata:\n        name: writer\n", &["payments"]),
    // Keys that end as others do, and what refers to secrets and parameters.
    (Kind::IamRole, "monitoring_role_name = \"rdsmonitor\"", &["rdsmonitor"]),
    (Kind::Sqs, "\"PayrunQueueName\": \"PayrunRequested\"", &["PayrunRequested"]),
    (Kind::Parameter, "{\"name\": \"URL\", \"valueFrom\": \"/acme/prod/url\"}", &["/acme/prod/url"]),
    (Kind::Parameter, "KEY: ${ssm:/acme/prod/key}", &["/acme/prod/key"]),
    (Kind::Secret, "import: \"aws-secretsmanager:acme/prod\"", &["acme/prod"]),
    (Kind::Dynamodb, "TableName: jsii.String(\"orders\"),", &["orders"]),
    (Kind::Ecr, "image: ${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/team/app:1", &["team/app"]),
    (Kind::Ecr, "docker pull $ACCOUNT.dkr.ecr.eu-west-1.amazonaws.com/team/app:1", &["team/app"]),
    // What people write, where the last word of a key says less than all of it.
    (Kind::IamRole, "IAM role: deployer\n", &["deployer"]),
    (Kind::IamUser, "- IAM user: dora.finch\n", &["dora.finch"]),
    (Kind::Rds, "DB instance: or-ders\n", &["or-ders"]),
    (Kind::Cloudfront, "Distribution ID: E2QWRUHAPOMQZL\n", &["E2QWRUHAPOMQZL"]),
    (Kind::Cloudfront, "CLOUDFRONT_DISTRIBUTION_ID=E2QWRUHAPOMQZL\nCF_DIST_ID=E2QWRUHAPOMQZM\n", &["E2QWRUHAPOMQZL", "E2QWRUHAPOMQZM"]),
    (Kind::S3Bucket, "**Bucket**: `acmelake`\n*Bucket:* zorblax\n", &["acmelake", "zorblax"]),
    (Kind::Sqs, "1. **SQS queue:** jobs\n", &["jobs"]),
    (Kind::Account, r#"{"ownerIdentity":{"principalId":"A3NL1KOZZKEXMP"}}"#, &["A3NL1KOZZKEXMP"]),
    // The alias of a function, and the first argument of a call.
    (Kind::Lambda, r#"{"FunctionName":"resize:$LATEST"}"#, &["resize"]),
    (Kind::Lambda, r#"{"FunctionName":"resize:PROD"}"#, &["resize"]),
    (Kind::Parameter, "ssm.get_parameter(Name=\"/orders/dsn\", WithDecryption=True)", &["/orders/dsn"]),
    (Kind::Parameter, "ssm.get_parameter(\n    Name='/orders/dsn',\n)", &["/orders/dsn"]),
    (Kind::Parameter, "new GetParameterCommand({ Name: \"/orders/dsn\" })", &["/orders/dsn"]),
    (Kind::Sqs, "const q = new aws.sqs.Queue(\"jobs\", { name: \"zorblax\" });", &["zorblax"]),
    (Kind::IamRole, "role = aws.iam.Role('r',\n    name='zorblax', x=1)", &["zorblax"]),
    (Kind::Eks, "eks.describe_cluster(name=\"payments\")", &["payments"]),
    // Names in the block of a key.
    (Kind::IamRole, "- amazon.aws.iam_role:\n    name: deployer\n    state: present\n", &["deployer"]),
    (Kind::S3Bucket, "  deploymentBucket:\n    name: acmedeploys\n  iam:\n    name: x-y\n", &["acmedeploys"]),
];

/// Bodies without a name.
const NO_NAMES: &[&str] = &[
    "use --cluster-name\n\n- payments are due\n",
    "- --bucket\n- --key\n",
    r#"["--bucket","--key"]"#,
    "parser.add_argument('--bucket', default='acmelake'); add('--table-name', \"zorblax\"), x('-b', '--bucket', 'the one')",
    "- --bucket\n- zorblax is its name\n",
    r#"["--verbose","payments"]"#,
    r#"{"flags":["--table-name"],"text":"the quick brown fox"}"#,
    r#"["aws","is","great","--name","payments"]"#,
    r#"run(["docker", "run", "--name", "payments"])"#,
    r#"{"DBName":"postgres","Engine":"postgres"}"#,
    r#"{"bucket":"daily","interval":"daily"}"#,
    r#"{"functionName":"anonymous"} keyName: "Enter""#,
    r#"{"clusters":["blue","green"]}"#,
    "Get-ADUser -UserName bob; Find-Module -RepositoryName $x -RoleName admin",
    "Get-S3Object -BucketName $bucket -Key x",
    "a -BucketName, the -RoleName and - StackName of it",
    "docker compose --job-name nightly --username bob",
    "| clusters |\n|---|\n| payments |\n",
    r#"{"bucket_name":{"type":"string","value":"acmelake"}}"#,
    r#"{"color":{"sensitive":false,"type":"string","value":"zorblax"}}"#,
    "variable \"color\" { default = \"zorblax\" }\nvariable \"region\" {\n default = \"zorblax\"\n}",
    "terraform import google_x.b acmelake; import aws_s3_bucket; from aws_cdk import aws_s3 as s3",
    "def bucket(self): return x; call (acmelake): it; the role (deployer): a person",
    "if not bucket:\n    name = \"zorblax\"\nfor b in buckets:\n    name: str = 'zorblax'\n",
    r#"{"CopySource":"acmelake"}"#,
    "f('a-b', 'c-d', this, 'X', 'acme-lake'), from(this, 'X', 'acme-lake')",
    "const STREAM_NAME: &str = \"zorblax_stream\"; table_name: str = \"zorblax\"",
    "bucket: str = None; table_name := f(x); queue: string = config.queue",
    r#"["QueueName","jobs"] ["TableName","Status"]"#,
    r#"{"columns":["QueueName","jobs"]}"#,
    "kubernetes.io/cluster/<name>, kubernetes.io/cluster/${x}, app.io/cluster/payments: x",
    "app.kubernetes.io/component=workers nodegroup=workers",
    "dimension_color=\"zorblax\"",
    "bucket:\n  type: string\n  color: zorblax\nname: zorblax\n",
    r#"{"bucket":{"type":"x"},"owner":{"name":"zorblax"}}"#,
    r#"{"cluster":"x","owner":{"name":"zorblax"}}"#,
    "- *default\nBucket: *default\n**Note**: acmelake\n",
    r#"{"FunctionName":"the one: it"}"#,
    "get_widget(Name=\"zorblax\"); get_parameter(x, Name=\"zorblax\"); get_parameter(Name=name)",
    "f(\"a\", { name: \"zorblax\" }); x.Role('a', 'b', name='zorblax'); \"y\", { name: \"zorblax\" }; new sqs.Queue(\"a\"); name: \"zorblax\"",
];

fn masker() -> Masker {
    Masker::new(&Config::from_json(br#"{"use_redis":false}"#).unwrap()).unwrap()
}

#[test]
fn names_are_told_by_what_stands_around_them() {
    let masker = masker();
    let mut wrong = Vec::new();
    for (kind, body, names) in NAMES {
        let found = masker.detect("", body.as_bytes()).unwrap();
        let found: Vec<_> = found.iter().map(|found| (found.kind, &found.original[..])).collect();
        if found != names.iter().map(|name| (*kind, *name)).collect::<Vec<_>>() {
            wrong.push(format!("{body}\n  {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), NAMES.len(), wrong.join("\n"));
}

#[test]
fn other_words_stand_around_what_is_no_name() {
    let masker = masker();
    let found = |body: &&&str| !masker.detect("", body.as_bytes()).unwrap().is_empty();
    let wrong: Vec<_> = NO_NAMES.iter().filter(found).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_part_of_a_posted_form_has_a_name_that_is_its_key() {
    let body = "--X\r\nContent-Disposition: form-data; name=\"bucket\"\r\n\r\nacmelake\r\n--X\r\nContent-Disposition: form-data; \
        name=\"color\"\r\n\r\nzorblax\r\n--X--\r\n";
    let found = masker().detect("multipart/form-data; boundary=X", body.as_bytes()).unwrap();
    let found: Vec<_> = found.iter().map(|found| (found.kind, &found.original[..])).collect();
    assert_eq!(found, [(Kind::S3Bucket, "acmelake")]);
}
