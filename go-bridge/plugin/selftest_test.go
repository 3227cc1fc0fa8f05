package plugin

import (
	"bytes"
	"strings"
	"testing"
)

func TestTheSelfTestSaysWhatWouldHappen(t *testing.T) {
	for _, test := range []struct {
		config string
		fails  bool
		says   []string
	}{
		{`{"use_redis":false,"log_masked_requests":true}`, false, []string{
			"configuration: accepted", "store: answers", "AWS_EC2_001", "an echo would come back",
		}},
		{`{"redis_host":"127.0.0.1","redis_port":1}`, true, []string{"store: does not answer: AWS_MASKER_1001", "request: refused"}},
		{`{"redis_type":"magic"}`, true, []string{"configuration: refused", "redis_type"}},
		{`{`, true, []string{"configuration: refused", "JSON"}},
	} {
		var said bytes.Buffer
		if err := SelfTest([]byte(test.config), &said); (err != nil) != test.fails {
			t.Errorf("%s: %v", test.config, err)
		}
		for _, want := range test.says {
			if !strings.Contains(said.String(), want) {
				t.Errorf("%s: says %q, not %q", test.config, said.String(), want)
			}
		}
		if strings.Contains(said.String(), "i-1234567890abcdef0") {
			t.Errorf("%s: an identifier came out", test.config)
		}
	}
}
