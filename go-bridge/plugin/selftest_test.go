package plugin

import (
	"bytes"
	"strings"
	"testing"
)

func TestTheSelfTestSaysWhatWouldHappen(t *testing.T) {
	for _, test := range []struct {
		config string
		mode   Mode
		fails  bool
		says   []string
	}{
		{`{"use_redis":false,"log_masked_requests":true}`, Buffered, false, []string{
			"configuration: accepted", "store: answers", "AWS_EC2_001", "an echo would come back", "the query is masked",
			"largest body: 134217728 bytes", "API key: the client's",
		}},
		{`{"use_redis":false,"mask_query":false,"mask_headers":["X-Team"],"anthropic_api_key":"sk-secret"}`, Streaming, false, []string{
			"query and path: are sent as they are", "headers that are masked: x-team", "API key: the configuration's",
			"restored by aws-masker-stream",
		}},
		{`{"use_redis":false,"mask_qurey":false}`, Buffered, false, []string{"no effect: config.mask_qurey", "the query is masked"}},
		{`{"redis_host":"127.0.0.1","redis_port":1}`, Buffered, true, []string{
			"store: does not answer: AWS_MASKER_1001", "request: refused",
		}},
		{`{"redis_type":"magic"}`, Buffered, true, []string{"configuration: refused", "redis_type"}},
		{`{"use_redis":false,"max_body_bytes":1}`, Buffered, true, []string{"configuration: refused", "max_body_bytes"}},
		{`{"use_redis":false,"mask_headers":["Host"]}`, Buffered, true, []string{"configuration: refused", "mask_headers"}},
		{`{"use_redis":false,"streaming":true}`, Buffered, true, []string{"configuration: refused", "-streaming"}},
		{`{`, Buffered, true, []string{"configuration: refused", "JSON"}},
	} {
		var said bytes.Buffer
		if err := SelfTest([]byte(test.config), test.mode, &said); (err != nil) != test.fails {
			t.Errorf("%s: %v", test.config, err)
		}
		for _, want := range test.says {
			if !strings.Contains(said.String(), want) {
				t.Errorf("%s: says %q, not %q", test.config, said.String(), want)
			}
		}
		if strings.Contains(said.String(), "i-1234567890abcdef0") || strings.Contains(said.String(), "sk-secret") {
			t.Errorf("%s: an identifier or a secret came out", test.config)
		}
	}
}
