// Package mjml turns MJML, a markup for e-mail that reads like HTML, into HTML
// that mail programs understand. It runs the original mjml-browser, vendored
// beside this file, in a JavaScript engine without files or network.
package mjml

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed" // the bundle
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/dop251/goja"

	"keur/internal/fault"
)

//go:embed mjml-browser-4.18.0.js.gz
var bundle []byte

// shim gives the bundle the few things of a browser that it looks for.
const shim = `
var global = this, window = this, self = this;
var module = { exports: {} }, exports = module.exports;
`

const convert = `
;(function (source) {
	var convert = module.exports.default || module.exports;
	var out = convert(source, { validationLevel: "soft", ignoreIncludes: true, fonts: {}, keepComments: true });
	return {
		markup: out.html,
		errors: out.errors.map(function (e) { return { line: e.line || 0, tag: e.tagName || "", message: e.message || "" } })
	};
})`

const (
	maxDepth  = 2000    // of calls in JavaScript
	maxMarkup = 4 << 20 // bytes of HTML; a mail has a fortieth of that
)

// Fault is one thing that MJML says of a source.
type Fault struct {
	Line    int
	Tag     string
	Message string
}

// Engine converts MJML. It keeps engines that are loaded, since loading one
// takes a quarter of a second and a conversion ten milliseconds.
type Engine struct {
	load     func() (*goja.Program, error)
	idle     chan *machine
	patience time.Duration
}

// machine is a loaded JavaScript engine; only one goroutine may use it.
type machine struct {
	vm      *goja.Runtime
	convert goja.Callable
	runs    int // by which the race detector sees two goroutines in it; it doesn't look into the engine
}

// NewEngine returns an engine that keeps at most idle loaded machines, and whose
// conversions end after patience. Nothing is loaded before the first of them.
func NewEngine(idle int, patience time.Duration) *Engine {
	return &Engine{load: sync.OnceValues(load), idle: make(chan *machine, idle), patience: patience}
}

// Warm loads a machine, so that the first conversion needn't wait for it.
func (e *Engine) Warm() error {
	m, err := e.take()
	if err == nil {
		e.give(m)
	}
	return err
}

// Convert returns the HTML of an MJML source, and what is wrong with it.
func (e *Engine) Convert(ctx context.Context, source string) (string, []Fault, error) {
	m, err := e.take()
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.patience)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { m.vm.Interrupt(ctx.Err()) })
	result, err := m.run(source)
	if !stop() || err != nil {
		// An interrupt may still be on its way and an error may have left
		// anything behind, so this machine isn't used again.
		return "", nil, failure(err, ctx.Err())
	}
	var out struct {
		Markup string
		Errors []Fault
	}
	if err := m.vm.ExportTo(result, &out); err != nil {
		return "", nil, fmt.Errorf("read what MJML made: %w", err)
	}
	e.give(m)
	if len(out.Markup) > maxMarkup {
		return "", nil, fault.New(fault.Invalid, "templates.mjml_large", "bytes", len(out.Markup), "most", maxMarkup)
	}
	return out.Markup, out.Errors, nil
}

// run converts a source. What breaks the JavaScript engine itself is the fault
// of the source as well: it has no other input.
func (m *machine) run(source string) (result goja.Value, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fault.Wrap(fmt.Errorf("the JavaScript engine broke: %v", cause), fault.Invalid, "templates.mjml_deep")
		}
	}()
	m.runs++
	// Elements that open and shut are tied together by random names. These must be
	// the same whenever the source is converted, as what was approved is compared.
	m.vm.SetRandSource(rand.New(rand.NewPCG(1, 2)).Float64)
	return m.convert(goja.Undefined(), m.vm.ToValue(source))
}

// failure says why a conversion failed, or that time was up just as it ended.
func failure(err, expired error) error {
	var interrupted *goja.InterruptedError
	var thrown *goja.Exception
	var deep *goja.StackOverflowError
	switch {
	case errors.As(err, &deep):
		return fault.Wrap(err, fault.Invalid, "templates.mjml_deep")
	case fault.Is(err, fault.Invalid):
		return err
	case (err == nil || errors.As(err, &interrupted)) && errors.Is(expired, context.DeadlineExceeded):
		return fault.Wrap(errors.Join(err, expired), fault.Invalid, "templates.mjml_slow")
	case errors.As(err, &thrown):
		return fault.Wrap(err, fault.Invalid, "templates.mjml_syntax", "error", thrown.Value().String())
	case err != nil:
		return fmt.Errorf("convert MJML: %w", err)
	}
	return fmt.Errorf("convert MJML: %w", expired)
}

// take returns a loaded machine.
func (e *Engine) take() (*machine, error) {
	select {
	case m := <-e.idle:
		return m, nil
	default:
	}
	program, err := e.load()
	if err != nil {
		return nil, err
	}
	return start(program)
}

// give puts a machine back for the next conversion.
func (e *Engine) give(m *machine) {
	select {
	case e.idle <- m:
	default:
	}
}

// load compiles the bundle, between what it looks for and what converts by it.
func load() (*goja.Program, error) {
	r, err := gzip.NewReader(bytes.NewReader(bundle))
	if err != nil {
		return nil, fmt.Errorf("open the MJML bundle: %w", err)
	}
	source, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("unpack the MJML bundle: %w", err)
	}
	program, err := goja.Compile("mjml.js", shim+string(source)+convert, false)
	if err != nil {
		return nil, fmt.Errorf("compile the MJML bundle: %w", err)
	}
	return program, nil
}

// start runs the compiled bundle in a machine of its own.
func start(program *goja.Program) (*machine, error) {
	vm := goja.New()
	vm.SetMaxCallStackSize(maxDepth)
	vm.SetFieldNameMapper(goja.UncapFieldNameMapper())
	f, err := vm.RunProgram(program)
	if err != nil {
		return nil, fmt.Errorf("start MJML: %w", err)
	}
	call, ok := goja.AssertFunction(f)
	if !ok {
		return nil, errors.New("MJML's conversion isn't a function")
	}
	return &machine{vm: vm, convert: call}, nil
}
