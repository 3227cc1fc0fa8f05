package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"aws-masker/go-bridge/engine"
)

// selfTestBody is the built-in request: one identifier of each of the most usual kinds, from AWS's own examples.
const selfTestBody = `{"messages":[{"role":"user","content":"Why does i-1234567890abcdef0 at 10.0.0.17 in vpc-1a2b3c4d ` +
	`not reach arn:aws:s3:::amzn-s3-demo-bucket?\nsubnet-9d4a7b6c"}]}`

var errSelfTest = errors.New("self-test failed")

// SelfTest starts an instance with a configuration, Kong's config block as JSON, as the server does in that mode, runs the
// built-in request through its engine, and says on w what would happen to it. With a store, the tokens of the request's five
// identifiers stay there.
//
// The error says that a request would be refused or come back changed; why is on w.
func SelfTest(config []byte, mode Mode, w io.Writer) error {
	served, err := New(log.New(w, "", 0), mode)
	if err != nil {
		return err
	}
	instance, err := served.start(config)
	if err != nil {
		fmt.Fprintf(w, "configuration: refused, so would be every request: %v\n", refusal(err))
		return errSelfTest
	}
	defer instance.Close()
	fmt.Fprintln(w, "configuration: accepted")
	instance.describe(w)
	masker := instance.masker.Masker

	health, err := masker.Health()
	if err != nil {
		return err
	}
	var store struct {
		Reachable      bool
		Error, Details string
	}
	if err := json.Unmarshal(health, &store); err != nil {
		return err
	}
	if store.Reachable {
		fmt.Fprintln(w, "store: answers")
	} else {
		fmt.Fprintf(w, "store: does not answer: %s: %s\n", store.Error, store.Details)
	}
	return tryRequest(masker, w)
}

// describe says what else the configuration does to a request.
func (i *instance) describe(w io.Writer) {
	query, key := "are sent as they are", "the client's"
	if i.maskURI {
		query = "are looked through; the query is masked, identifiers in the path are logged by kind"
	}
	if i.apiKey != "" {
		key = "the configuration's or the environment's"
	}
	fmt.Fprintf(w, "query and path: %s\n", query)
	if len(i.maskHeaders) > 0 {
		fmt.Fprintf(w, "headers that are masked: %s\n", strings.Join(i.maskHeaders, ", "))
	}
	fmt.Fprintf(w, "largest body: %d bytes\nAPI key: %s\n", i.maxBody, key)
	if i.mode == Streaming {
		fmt.Fprintf(w, "responses: restored by %s\n", companion)
	}
}

// tryRequest masks the built-in request and restores an echo of it.
func tryRequest(masker *engine.Masker, w io.Writer) error {
	const json = "application/json"
	masked, err := masker.Mask(json, []byte(selfTestBody))
	if err != nil {
		fmt.Fprintf(w, "request: refused: %v\n", err)
		return errSelfTest
	}
	if masked.Body == nil {
		fmt.Fprintln(w, "request: would be sent as it is; nothing in it is masked with this configuration")
		return nil
	}
	fmt.Fprintf(w, "request: masked [%s]; would be sent as %s\n", kinds(masked.Report.Masked), masked.Body)
	restored, err := masker.Unmask(json, masked.Mapping, masked.Body)
	if err != nil {
		fmt.Fprintf(w, "response: refused: %v\n", err)
		return errSelfTest
	}
	if !bytes.Equal(restored.Body, []byte(selfTestBody)) {
		fmt.Fprintln(w, "response: an echo would not come back as it was sent")
		return errSelfTest
	}
	fmt.Fprintf(w, "response: an echo would come back as it was sent, %d tokens restored\n", restored.Count)
	return nil
}
