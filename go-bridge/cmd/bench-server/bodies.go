package main

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	// bodySize is about the size of every body.
	bodySize = 8 << 10
	// embedded keeps mappings in the process; bodyOnly does, too, and looks at nothing but the body.
	embedded = `{"use_redis":false}`
	bodyOnly = `{"use_redis":false,"mask_query":false}`
)

// cleanBody is a conversation without identifiers.
func cleanBody() []byte {
	text := strings.Repeat(`The service answers slowly since Tuesday.\nWhat could I look at first? `, bodySize/72)
	return []byte(`{"model":"claude-x","messages":[{"role":"user","content":"` + text + `"}]}`)
}

// denseBody is the answer of `aws ec2 describe-instances` in a conversation, as benches/detect.rs has it: an identifier in
// every second line.
func denseBody() []byte {
	const instance = `{
  "InstanceId": "i-0%016x",
  "ImageId": "ami-0abcdef1234567890",
  "State": {"Code": 16, "Name": "running"},
  "PrivateIpAddress": "10.0.%d.%d",
  "SubnetId": "subnet-0%016x",
  "VpcId": "vpc-0a1b2c3d4e5f67890",
  "Monitoring": {"State": "disabled"},
  "Architecture": "x86_64",
  "RootDeviceType": "ebs",
  "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/web"},
  "OwnerId": "123456789012"
},
`
	var text strings.Builder
	text.WriteString("Which of these is idle?\n")
	for n := 0; text.Len() < bodySize; n++ {
		fmt.Fprintf(&text, instance, n, n/250, n%250+1, n%7)
	}
	return []byte(`{"model":"claude-x","messages":[{"role":"user","content":` + strconv.Quote(text.String()) + `}]}`)
}

// freshBody has identifiers that no request had before, so that the store is asked for each.
func freshBody(n int) []byte {
	return fmt.Appendf(nil, `{"model":"claude-x","messages":[{"role":"user","content":"is i-0%016x in vpc-0%016x?"}]}`, n, n)
}
