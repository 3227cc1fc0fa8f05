package plugin

import (
	"fmt"
	"os"
	"unicode/utf8"
)

// requestBody returns the body of Kong's reply. Kong hands a body above the buffer size over as the name of a file in a
// directory that only Kong's user can read; a body that cannot be read cannot be inspected, and is refused.
func requestBody(result rawBody, limit int64) ([]byte, error) {
	switch result.kind {
	case rawBodyFilepath:
		return bodyFromFile(string(result.value), limit)
	case rawBodyError:
		return nil, unreadable("Kong could not read the body.")
	default:
		if int64(len(result.value)) > limit {
			return nil, errTooLarge
		}
		return result.value, nil
	}
}

// errTooLarge reports a body above the limit.
var errTooLarge = &uninspectable{"The request's body is larger than config.max_body_bytes."}

// uninspectable is the reason why a body cannot be looked through: a sentence for the client and the log.
type uninspectable struct{ why string }

func (u *uninspectable) Error() string { return u.why }

// answer refuses the request.
func (u *uninspectable) answer() error { return refuse(codeUninspectable, u.why+" It was not sent.") }

func bodyFromFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > limit {
		return nil, errTooLarge
	}
	var body []byte
	if err == nil {
		body, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, unreadable(fmt.Sprintf("Kong has put the body into a file that the plugin server cannot read: %v.", err))
	}
	return body, nil
}

// unreadable refuses a body that Kong has and the plugin does not get. The log line names the setting that keeps
// bodies out of files; the client does not hear of paths.
func unreadable(why string) error {
	answer := refuse(codeUninspectable, "The request's body cannot be inspected, so it was not sent.")
	answer.Reason = codeUninspectable + ": " + why + " Run the plugin server as Kong's user, or raise" +
		" nginx_http_client_body_buffer_size in kong.conf above the largest body."
	return answer
}

// looksLikeJSON reports a body of which the headers need not be asked for: it begins like JSON and is text, so it is
// neither a form nor compressed. (A compressed stream may begin with a bracket, but is no UTF-8.)
func looksLikeJSON(body []byte) bool {
	for at, b := range body {
		switch b {
		case ' ', '\t', '\r', '\n':
		case '{', '[':
			return utf8.Valid(body[at:])
		default:
			return false
		}
	}
	return false
}
