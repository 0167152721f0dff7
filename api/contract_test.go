package api

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// keepsContract fails the test unless the description says that the operation
// answers with this status, and in this form. Every call of these tests goes
// through it, the generated ones too.
func (d *desk) keepsContract(method, path string, got reply) {
	d.t.Helper()
	if got.status >= 500 && got.status != http.StatusServiceUnavailable {
		d.t.Errorf("%s %s: answered %d: %s\nlog: %s", method, path, got.status, got.body, d.logged)
		return
	}
	o := operationAt(d.doc, method, path)
	if o == nil || method == http.MethodHead {
		return // no operation: what answers then is no part of the description
	}
	described, known := o.Responses[strconv.Itoa(got.status)]
	if !known {
		d.t.Errorf("%s %s answered %d, which its description doesn't name: %s", o.Method, o.Path, got.status, got.body)
		return
	}
	format, _, _ := mime.ParseMediaType(got.header.Get("Content-Type"))
	media := described.Content[format]
	switch {
	case got.body == "" && len(described.Content) == 0, got.status == http.StatusNotModified:
		return
	case media == nil:
		d.t.Errorf("%s %s answered %d as %q, which its description doesn't name: %s", o.Method, o.Path, got.status, format, got.body)
		return
	case media.Schema == nil || !strings.HasSuffix(format, "json"):
		return
	}
	var body any
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		d.t.Errorf("%s %s: %v: %s", o.Method, o.Path, err, got.body)
		return
	}
	var found huma.ValidateResult
	huma.Validate(d.doc.Components.Schemas, media.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, &found)
	for _, err := range found.Errors {
		d.t.Errorf("%s %s answers %d with what its schema doesn't allow: %v\n%s", o.Method, o.Path, got.status, err, got.body)
	}
	d.pointsSomewhere(o, got)
}

// pointsSomewhere fails the test if a problem names a value by a way that doesn't
// lead to it, or in words that only its author understands.
func (d *desk) pointsSomewhere(o *huma.Operation, got reply) {
	d.t.Helper()
	d.speaksPlainly(got)
	var p struct {
		Errors []struct{ Location, Message string }
	}
	if err := json.Unmarshal([]byte(got.body), &p); got.status < http.StatusBadRequest || err != nil {
		return
	}
	for _, e := range p.Errors {
		unknown := e.Message == "unexpected property" || e.Message == "unknown query parameter"
		if !unknown && !leads(d.doc, o, e.Location) {
			d.t.Errorf("%s %s: %s (%s) leads nowhere: %.300s", o.Method, o.Path, e.Location, e.Message, got.body)
		}
	}
}

// operationAt returns the operation that a call reaches; nil for none. Words of
// a path come before what stands in its braces.
func operationAt(doc *huma.OpenAPI, method, path string) *huma.Operation {
	if u, err := url.Parse(path); err == nil {
		path = u.EscapedPath()
	}
	parts := strings.Split(path, "/")
	var best *huma.Operation
	for pattern, item := range doc.Paths {
		if strings.Count(pattern, "/") != len(parts)-1 || !fits(strings.Split(pattern, "/"), parts) {
			continue // as nearly all do, at each call of a test
		}
		o := map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPut: item.Put, http.MethodPost: item.Post, http.MethodDelete: item.Delete,
			http.MethodPatch: item.Patch,
		}[method]
		if o == nil {
			continue
		}
		if best == nil || strings.Count(pattern, "{") < strings.Count(best.Path, "{") {
			best = o
		}
	}
	return best
}

func fits(pattern, parts []string) bool {
	if len(pattern) != len(parts) {
		return false
	}
	for i, word := range pattern {
		if word != parts[i] && (!strings.HasPrefix(word, "{") || parts[i] == "") {
			return false
		}
	}
	return true
}

// TestEveryFieldIsDescribed: a program's author has the description and no
// other place to ask.
func TestEveryFieldIsDescribed(t *testing.T) {
	doc := newDesk(t).doc
	complain := func(where string, described bool, s *huma.Schema, example bool) {
		if !described {
			t.Errorf("%s has no meaning in fields.toml", where)
		}
		single := s.Type == huma.TypeString || s.Type == huma.TypeInteger || s.Type == huma.TypeNumber
		if single && len(s.Enum) == 0 && !example {
			t.Errorf("%s has no example in fields.toml", where)
		}
	}
	for name, s := range doc.Components.Schemas.Map() {
		for field, f := range s.Properties {
			complain(name+"."+field, f.Description != "", f, len(f.Examples) > 0 || f.Default != nil)
			for _, example := range f.Examples {
				var found huma.ValidateResult
				huma.Validate(doc.Components.Schemas, f, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, asJSON(t, example), &found)
				for _, err := range found.Errors {
					t.Errorf("the example of %s.%s: %v", name, field, err)
				}
			}
		}
	}
	for pattern, item := range doc.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if o == nil {
				continue
			}
			for _, p := range o.Parameters {
				example := p.Example != nil || len(p.Schema.Examples) > 0 || p.Schema.Default != nil || p.In == "header"
				complain(o.Method+" "+pattern+" "+p.Name, p.Description != "", p.Schema, example)
			}
		}
	}
}

// asJSON returns v as a program would read it.
func asJSON(t *testing.T, v any) (read any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil {
		t.Fatal(err)
	}
	return read
}
