package mailings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"keur/internal/fault"
	"keur/templates"
	"keur/templates/lang"
	"keur/templates/lint"
)

// previewBase stands in the addresses that we make for each member.
const previewBase = "https://preview.invalid"

// compile renders the content's template once, to find its links and what is
// wrong with it, and notes what it became. A template that can't be understood
// has findings and no links: it may be saved, and not be submitted.
func (c *Content) compile(ctx context.Context, compiler *templates.Compiler) ([]lang.Link, []lint.Finding, error) {
	program, findings, err := compiler.Compile(ctx, c.TemplateInput())
	if fault.Is(err, fault.Invalid) {
		c.Template.Rendered = ""
		return nil, findings, nil
	}
	if err != nil {
		return nil, findings, err
	}
	c.Template.Rendered = fingerprint(program)
	return program.Links, findings, nil
}

// Compile returns the content compiled for delivery, with what lint says.
// changed reports that this version of Keur renders it otherwise than when it
// was saved and approved.
func (c *Content) Compile(
	ctx context.Context, compiler *templates.Compiler,
) (program *templates.Program, findings []lint.Finding, changed bool, err error) {
	program, findings, err = compiler.Compile(ctx, c.TemplateInput())
	if err != nil {
		return nil, findings, false, err
	}
	return program, findings, fingerprint(program) != c.Template.Rendered, nil
}

// fingerprint is a hash over what a member without any data would receive.
func fingerprint(program *templates.Program) string {
	nobody := lang.Recipient{Values: make([]string, len(program.Fields)), Vouchers: make([]string, len(program.Vouchers))}
	mail := program.AppendBody(nil, &nobody, program.Straight(previewBase))
	for variant := range program.Variants() {
		mail = program.AppendSubject(mail, variant, &nobody)
	}
	sum := sha256.Sum256(mail)
	return hex.EncodeToString(sum[:])
}
