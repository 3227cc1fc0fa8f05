package kongsim

import (
	"errors"
	"os"
)

// bodyFiles is nginx's client_body_temp: where request bodies above the buffer size go.
type bodyFiles struct {
	dir string
	own bool // made by us
}

func newBodyFiles(dir string) (*bodyFiles, error) {
	if dir != "" {
		return &bodyFiles{dir: dir}, os.MkdirAll(dir, 0o700)
	}
	dir, err := os.MkdirTemp("", "client_body_temp") // mode 0700, like nginx's
	return &bodyFiles{dir: dir, own: true}, err
}

// put writes a body into a file of its own.
func (b *bodyFiles) put(body []byte) (string, error) {
	file, err := os.CreateTemp(b.dir, "0")
	if err != nil {
		return "", err
	}
	_, err = file.Write(body)
	return file.Name(), errors.Join(err, file.Close())
}

func (b *bodyFiles) close() error {
	if !b.own {
		return nil
	}
	return os.RemoveAll(b.dir)
}
