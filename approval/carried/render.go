package carried

import (
	"context"
	"reflect"
	"strings"

	"keur/mailings"
	"keur/templates"
	"keur/templates/faces"
)

// showsOnly reports whether each mail that a content makes is the one of its masked
// twin, with the values where their stand-ins are. So they decide nothing.
func showsOnly(
	ctx context.Context, compiler *templates.Compiler, real, masked *mailings.Content, values *strings.Replacer,
) (bool, error) {
	of, _, err := compiler.Compile(ctx, real.TemplateInput())
	if err != nil {
		return false, err
	}
	twin, _, err := compiler.Compile(ctx, masked.TemplateInput())
	if err != nil {
		return false, err
	}
	all, err := faces.Of(of.Outline, nil, nil)
	if err != nil {
		return false, err
	}
	same, err := faces.Of(twin.Outline, nil, nil)
	if err != nil || !reflect.DeepEqual(all, same) || of.Variants() != twin.Variants() {
		return false, err
	}
	for _, f := range all {
		one, err := of.Preview(f.Variant, faces.Recipient(of.Outline, f.Values), of.Straight(real.Label.PublicURL))
		if err != nil {
			return false, err
		}
		other, err := twin.Preview(f.Variant, faces.Recipient(twin.Outline, f.Values), twin.Straight(real.Label.PublicURL))
		if err != nil {
			return false, err
		}
		if !showsIn(&one, &other, values) {
			return false, nil
		}
	}
	return true, nil
}

// showsIn is showsOnly of one mail. Of white space in the text part only where it
// stands counts.
func showsIn(real, masked *templates.Preview, values *strings.Replacer) bool {
	one, other := strings.Fields(real.Text), strings.Fields(values.Replace(masked.Text))
	return reflect.DeepEqual(real.Subjects, masked.Subjects) && real.Preheader == masked.Preheader &&
		strings.Join(one, " ") == strings.Join(other, " ") && standsIn(real.HTML, masked.HTML, values)
}
