package main

import (
	"fmt"
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

// denseBody is an inventory as the AWS command line prints it, in a conversation: one identifier in about 60 bytes, half of
// them said twice.
func denseBody() []byte {
	var text strings.Builder
	for n := 0; text.Len() < bodySize; n++ {
		fmt.Fprintf(&text, `InstanceId: i-0%016x\nVpcId: vpc-0%016x\nSubnetId: subnet-0%016x\nPrivateIp: 10.0.%d.%d\nRole: arn:aws:iam::123456789012:role/app-%d\n\n`,
			n/2, n/8, n/4, n/250, n%250+1, n/2)
	}
	return []byte(`{"model":"claude-x","messages":[{"role":"user","content":"` + text.String() + `"}]}`)
}

// freshBody has identifiers that no request had before, so that the store is asked for each.
func freshBody(n int) []byte {
	return fmt.Appendf(nil, `{"model":"claude-x","messages":[{"role":"user","content":"is i-0%016x in vpc-0%016x?"}]}`, n, n)
}
