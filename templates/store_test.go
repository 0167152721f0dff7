package templates

import (
	"context"
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/labels"
)

func TestStore(t *testing.T) {
	t.Parallel()
	ctx, db := pgtest.Acting(context.Background(), "user:7"), pgtest.New(t)
	label, err := labels.NewStore(db).Create(ctx, labels.Label{
		Code: "shop", Name: "Shop", Locale: "nl", TimeZone: "Europe/Amsterdam", PublicURL: "https://m.shop.nl",
		BounceDomain: "b.shop.nl", ListID: "l.shop.nl", ImprintName: "Shop B.V.", ImprintAddress: "Kade 1",
	})
	if err != nil {
		t.Fatal(err)
	}
	s := NewStore(db)
	made, err := s.Create(ctx, Template{LabelID: label.ID, Name: "Solo", Format: MJML, Source: "<mjml></mjml>"})
	if err != nil {
		t.Fatal(err)
	}
	if made.Version != 1 || made.CreatedBy != "user:7" || made.CreatedAt.IsZero() {
		t.Errorf("made %+v", made)
	}
	if _, err := s.Create(ctx, Template{LabelID: label.ID, Name: "Solo", Format: HTML, Source: "x"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second Solo: %v", err)
	}
	edit := func(version int, source string) (Template, error) {
		return s.Update(ctx, made.ID, func(t *Template) error {
			if t.Version != version {
				return fault.New(fault.Conflict, "the template changed")
			}
			t.Source = source
			return nil
		})
	}
	if edited, err := edit(1, "<mjml>2</mjml>"); err != nil || edited.Version != 2 {
		t.Errorf("edited %+v, %v", edited, err)
	}
	if _, err := edit(1, "<mjml>3</mjml>"); !fault.Is(err, fault.Conflict) {
		t.Errorf("an edit of an old version: %v", err)
	}
	if _, err := edit(2, " "); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty source: %v", err)
	}
	renamed, err := s.Update(ctx, made.ID, func(t *Template) error { t.Name = "Los"; return nil })
	if err != nil || renamed.Version != 2 || renamed.Name != "Los" {
		t.Errorf("renamed %+v, %v", renamed, err)
	}
	if first, err := s.Version(ctx, made.ID, 1); err != nil || first.Source != "<mjml></mjml>" || first.Version != 1 {
		t.Errorf("version 1: %+v, %v", first, err)
	}
	if all, err := s.Versions(ctx, made.ID, paging.Ask{}); err != nil || len(all.Items) != 2 || all.Items[0].Version != 2 {
		t.Errorf("versions: %+v, %v", all, err)
	}
	if list, err := s.List(ctx, Filter{Labels: []labels.ID{label.ID}}, paging.Ask{}); err != nil || len(list.Items) != 1 ||
		list.Items[0].Source != "<mjml>2</mjml>" {
		t.Errorf("list: %+v, %v", list, err)
	}
	if _, err := s.Update(ctx, made.ID, func(t *Template) error { t.ArchivedAt = &made.CreatedAt; return nil }); err != nil {
		t.Fatal(err)
	}
	if list, err := s.List(ctx, Filter{Name: made.Name}, paging.Ask{}); err != nil || len(list.Items) != 0 {
		t.Errorf("list: %+v, %v", list, err)
	}
	part, err := s.Create(ctx, Template{LabelID: label.ID, Kind: Partial, Name: "Voet", Format: MJML, Source: "<mj-text>x</mj-text>"})
	if err != nil || part.Kind != Partial || made.Kind != Mail {
		t.Errorf("of kind %q and %q, %v", part.Kind, made.Kind, err)
	}
	kept, err := s.Update(ctx, part.ID, func(t *Template) error { t.Kind = Mail; return nil })
	if err != nil || kept.Kind != Partial {
		t.Errorf("of kind %q now, %v", kept.Kind, err)
	}
	if _, err := s.Update(ctx, part.ID, func(t *Template) error { t.Format = HTML; return nil }); !fault.Is(err, fault.Invalid) {
		t.Errorf("a partial in HTML: %v", err)
	}
	for want, sql := range map[string]string{
		"permission denied":   `UPDATE templates SET kind = 'mail' WHERE kind = 'partial'`,
		"partial template is": `INSERT INTO template_versions (template_id, version, format, source) SELECT id, 9, 'html', 'x' FROM templates WHERE kind = 'partial'`,
	} {
		if _, err := db.ExecContext(ctx, sql); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if list, err := s.List(ctx, Filter{Kind: Partial}, paging.Ask{}); err != nil || len(list.Items) != 1 || list.Items[0].ID != part.ID {
		t.Errorf("partials: %+v, %v", list, err)
	}
	if _, err := s.Get(ctx, part.ID+1); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown template: %v", err)
	}
}
