package main

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strings"
)

// The colours of a terminal.
const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	dim   = "\x1b[2m"
	plain = "\x1b[0m"
)

// page writes the scene for a reader.
type page struct {
	io.Writer
	colour    bool
	originals *regexp.Regexp
}

func show(w io.Writer, colour bool, s *scene) {
	p := &page{w, colour, anyOf(s.originals)}
	p.title("What the client sent")
	p.conversation(s.Sent)
	p.title("What the provider saw")
	p.conversation(s.Saw)
	p.title("What the client got back")
	p.conversation(s.Got)
	p.title("How long it took")
	p.times(s)
	p.title("Result")
	p.result(s)
}

// anyOf matches every original, longer ones first.
func anyOf(all []original) *regexp.Regexp {
	var needles []string
	for _, o := range all {
		needles = append(needles, o.needles()...)
	}
	sort.Slice(needles, func(i, j int) bool { return len(needles[i]) > len(needles[j]) })
	for i, needle := range needles {
		needles[i] = regexp.QuoteMeta(needle)
	}
	return regexp.MustCompile(strings.Join(needles, "|"))
}

func (p *page) paint(colour, text string) string {
	if !p.colour {
		return text
	}
	return colour + text + plain
}

func (p *page) title(text string) {
	line := "── " + text + " " + strings.Repeat("─", max(0, 100-len(text)))
	fmt.Fprintf(p, "\n%s\n\n", p.paint(bold, line))
}

// text writes a text, indented, with originals and tokens marked.
func (p *page) text(text string) {
	text = p.originals.ReplaceAllStringFunc(text, func(s string) string { return p.paint(red, s) })
	text = tokenForm.ReplaceAllStringFunc(text, func(s string) string { return p.paint(green, s) })
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintf(p, "    %s\n", line)
	}
}

func (p *page) label(text string) { fmt.Fprintf(p, "%s\n", p.paint(dim, "  "+text)) }

// block is a piece of content in Anthropic's Messages format.
type block struct {
	Type    string
	Text    string
	Name    string
	Input   json.RawMessage
	Content json.RawMessage
}

// conversation writes the texts of a request, or of an answer.
func (p *page) conversation(body []byte) {
	var message struct {
		Role     string
		System   json.RawMessage
		Content  json.RawMessage
		Messages []struct {
			Role    string
			Content json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &message); err != nil {
		p.text(string(body))
		return
	}
	p.content("system", message.System)
	for _, turn := range message.Messages {
		p.content(turn.Role, turn.Content)
	}
	p.content(message.Role, message.Content)
}

// content writes what someone said: a string or a list of blocks.
func (p *page) content(who string, content json.RawMessage) {
	if len(content) == 0 {
		return
	}
	var text string
	if json.Unmarshal(content, &text) == nil {
		p.label(who)
		p.text(text)
		return
	}
	var blocks []block
	if err := json.Unmarshal(content, &blocks); err != nil {
		p.label(who)
		p.text(string(content))
		return
	}
	for _, b := range blocks {
		switch b.Type {
		case "tool_use":
			p.label(who + " calls " + b.Name)
			p.text(indented(b.Input))
		case "tool_result":
			p.content(who+": result of the tool", b.Content)
		default:
			p.label(who)
			p.text(b.Text)
		}
	}
}

// indented makes JSON readable.
func indented(text json.RawMessage) string {
	var fields map[string]any
	if json.Unmarshal(text, &fields) != nil {
		return string(text)
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	var out strings.Builder
	for _, name := range names {
		value := fields[name]
		if list, ok := value.([]any); ok {
			words := make([]string, len(list))
			for i, item := range list {
				words[i] = fmt.Sprint(item)
			}
			value = strings.Join(words, "\n    ")
			fmt.Fprintf(&out, "%s:\n    %v\n", name, value)
			continue
		}
		fmt.Fprintf(&out, "%s: %v\n", name, value)
	}
	return out.String()
}

func (p *page) times(s *scene) {
	fmt.Fprintf(p, "    %-42s %12s %20s\n", "", "first", fmt.Sprintf("median of %d", s.Requests-1))
	row := func(name string, first, median int64) {
		fmt.Fprintf(p, "    %-42s %9d µs %17d µs\n", name, first, median)
	}
	row("access: body masked", s.First.Access, s.Median.Access)
	row("the provider", s.First.Provider, s.Median.Provider)
	row("response: body restored", s.First.Response, s.Median.Response)
	rest := func(t timing) int64 { return t.Total - t.Access - t.Provider - t.Response }
	row("HTTP and the simulated Kong", rest(s.First), rest(s.Median))
	row("in all, as the client sees it", s.First.Total, s.Median.Total)
}

func (p *page) result(s *scene) {
	fmt.Fprintf(p, "    %d identifiers of %d kinds were sent, in %d bytes.\n", s.Identifiers, s.Kinds, len(s.Sent))
	p.verdict(len(s.Leaked) == 0, fmt.Sprintf("%d of them reached the provider, which saw %d tokens.", len(s.Leaked), s.Tokens))
	for _, leak := range s.Leaked {
		p.text("  " + leak)
	}
	p.verdict(len(s.Unrestored) == 0,
		fmt.Sprintf("%d tokens reached the client, which got %d resources back by their names.", len(s.Unrestored), s.Restored))
	for _, token := range s.Unrestored {
		p.text("  " + token)
	}
	fmt.Fprintln(p)
}

func (p *page) verdict(good bool, text string) {
	if good {
		fmt.Fprintf(p, "    %s %s\n", p.paint(green, "ok"), text)
		return
	}
	fmt.Fprintf(p, "    %s %s\n", p.paint(red, "FAILED"), text)
}
