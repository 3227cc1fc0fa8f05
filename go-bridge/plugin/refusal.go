package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

// The published codes of the refusals that are decided outside the engine.
const (
	codeUnmasking     = "AWS_MASKER_3001"
	codeConfig        = "AWS_MASKER_4001"
	codeConfigMissing = "AWS_MASKER_4002"
	codeUninspectable = "AWS_MASKER_5001"
)

var statusOf = map[string]int{
	codeUnmasking:     http.StatusInternalServerError,
	codeConfig:        http.StatusInternalServerError,
	codeConfigMissing: http.StatusInternalServerError,
	codeUninspectable: http.StatusForbidden,
}

// refuse makes the answer for a published code. details is one sentence for the client and the log, and holds nothing
// from a body.
func refuse(code, details string) *pluginserver.Refusal {
	body, err := json.Marshal(struct {
		Error   string `json:"error"`
		Message string `json:"message"`
		Details string `json:"details"`
	}{code, http.StatusText(statusOf[code]), details})
	if err != nil {
		panic(err) // three strings
	}
	return &pluginserver.Refusal{Status: statusOf[code], Body: body, Reason: fmt.Sprintf("%s: %s", code, details)}
}

// refusal turns an error into the answer it stands for, and puts its code on the log entry, behind what is known of the
// request.
func refusal(err error) *pluginserver.Refusal {
	answer := pluginserver.AsRefusal(err)
	var refused *engine.Error
	if errors.As(err, &refused) && len(refused.Body) > 0 {
		answer = &pluginserver.Refusal{Status: refused.HTTPStatus, Body: refused.Body, Reason: refused.Error()}
	}
	answer.Before = nil
	var lost *unrestored
	if errors.As(err, &lost) {
		answer.Before = append(answer.Before, setLogValue(logKey, structpb.NewStructValue(lost.entry)))
	}
	var body struct{ Error string }
	if json.Unmarshal(answer.Body, &body) == nil && body.Error != "" {
		answer.Before = append(answer.Before, logRefused(body.Error))
	}
	return answer
}
