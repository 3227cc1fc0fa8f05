// Package plugin is the Kong plugin aws-masker: it masks AWS identifiers in requests and restores them in responses.
//
// All masking is the engine's. This package moves bytes between Kong and the engine, with as few calls to Kong as it
// can: every call is a turn of Kong's event loop.
//
// There is no log phase. Kong starts an external plugin's log phase in a timer, after it has serialized the log entry
// and after its own log plugins have written it (kong/runloop/plugin_servers/plugin.lua, build_phases), so nothing that
// phase adds is ever seen, and it costs every request an event. The counts are put on the entry in the access and
// response phases instead.
package plugin

import (
	"log"
	"os"
	"strings"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/internal/tuning"
	"aws-masker/go-bridge/pluginserver"
)

const (
	name = "aws-masker"
	// priority lets the plugin run after the authentication plugins (1000 and more), so that the consumer is known.
	priority = 700
)

// Plugin is the plugin for Kong. It is safe for concurrent use.
type Plugin struct {
	log     *log.Logger
	info    pluginserver.Info
	mode    Mode
	engines *engines
	apiKey  string // of the environment
	waits   *tuning.Processors
}

// New makes the plugin. log gets one line per refused configuration and, where a configuration asks for it, one per
// masked request; none holds an original value or a secret.
func New(log *log.Logger, mode Mode) (*Plugin, error) {
	info, err := info(mode)
	if err != nil {
		return nil, err
	}
	return &Plugin{
		log: log, info: info, mode: mode, engines: newEngines(), apiKey: os.Getenv("ANTHROPIC_API_KEY"),
		waits: tuning.NewProcessors(),
	}, nil
}

// Info describes the plugin to Kong.
func (p *Plugin) Info() pluginserver.Info { return p.info }

func info(mode Mode) (pluginserver.Info, error) {
	schema, err := mode.schema()
	return pluginserver.Info{
		Name:     name,
		Version:  engine.Version(),
		Priority: priority,
		Phases:   mode.phases(),
		Schema:   schema,
	}, err
}

// Start makes an instance for a configuration. One that cannot be used makes an instance that answers every request
// with the reason: nothing passes unmasked.
func (p *Plugin) Start(config []byte) pluginserver.Instance {
	instance, err := p.start(config)
	if err != nil {
		answer := refusal(err)
		p.log.Printf("configuration refused: %s", answer.Reason)
		answer.Reason = "" // said once
		return unusable{answer}
	}
	return instance
}

func (p *Plugin) start(config []byte) (*instance, error) {
	settings, engineConfig, err := readConfig(config)
	if err != nil {
		return nil, err
	}
	if err := p.mode.check(settings); err != nil {
		return nil, err
	}
	maxBody, err := settings.maxBody()
	if err != nil {
		return nil, err
	}
	maskHeaders, err := settings.headersToMask()
	if err != nil {
		return nil, err
	}
	apiKey, err := settings.apiKey(p.apiKey)
	if err != nil {
		return nil, err
	}
	masker, err := p.engines.open(engineConfig)
	if err != nil {
		return nil, err
	}
	restoring, err := restoringConfig(engineConfig)
	if err != nil {
		masker.release()
		return nil, err
	}
	maskURI := settings.MaskQuery == nil || *settings.MaskQuery
	p.warn(masker, settings.RedisSSLEnabled && settings.RedisSSLVerify != nil && !*settings.RedisSSLVerify,
		"redis_ssl_verify is false, so anybody between here and the store can pretend to be it")
	p.warn(masker, !maskURI, "mask_query is false, so identifiers in the query are sent, and nobody is told of those in the path")
	p.warn(masker, len(settings.unknown) > 0, "this version does not have these fields, so they have no effect: config."+
		strings.Join(settings.unknown, ", config."))
	return &instance{
		log: p.log, masker: masker, waits: p.waits, mode: p.mode, restoring: restoring,
		audit: settings.LogMaskedRequests, scoped: settings.MappingScope == "consumer", apiKey: apiKey,
		maxBody: maxBody, allow: settings.UninspectableBody == "allow", maskURI: maskURI,
		maskHeaders: maskHeaders, counts: settings.ExposeCounts,
	}, nil
}

// warn says once per engine what works and should not stay so.
func (p *Plugin) warn(masker *sharedMasker, is bool, text string) {
	if !is {
		return
	}
	if _, said := masker.warned.LoadOrStore(text, true); !said {
		p.log.Print("warning: " + text)
	}
}

// unusable is the instance of a configuration that cannot be used.
type unusable struct{ answer *pluginserver.Refusal }

func (u unusable) Handle(*pluginserver.Event) error { return u.answer }
func (u unusable) Close()                           {}
