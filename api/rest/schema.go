package rest

import (
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"keur/approval"
	"keur/authors"
	"keur/internal/actors"
	"keur/mailings/schedules"
	"keur/segments"
)

// Schemas returns the registry of what goes in and out, with the types that
// read and write their JSON themselves.
func Schemas() huma.Registry {
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	schemas.RegisterTypeAlias(reflect.TypeFor[segments.Rule](), reflect.TypeFor[ruleSchema]())
	schemas.RegisterTypeAlias(reflect.TypeFor[schedules.LocalTime](), reflect.TypeFor[localTimeSchema]())
	schemas.RegisterTypeAlias(reflect.TypeFor[actors.User](), reflect.TypeFor[actorSchema]())
	schemas.RegisterTypeAlias(reflect.TypeFor[authors.Users](), reflect.TypeFor[[]actorSchema]())
	schemas.RegisterTypeAlias(reflect.TypeFor[approval.HexBytes](), reflect.TypeFor[hexSchema]())
	for _, set := range closedSets {
		schemas.RegisterTypeAlias(set.of, set.described)
	}
	return schemas
}

// actorSchema stands for whoever did something.
type actorSchema struct{}

// Schema describes an actor.
func (actorSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: actors.Pattern, Examples: []any{"user:7"}}
}

// hexSchema stands for bytes that are shown in hex.
type hexSchema struct{}

// Schema describes bytes in hex.
func (hexSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Pattern: "^[0-9a-f]*$"}
}

// localTimeSchema stands for a wall clock's date and time.
type localTimeSchema struct{}

// Schema describes a local time.
func (localTimeSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: "string", Description: "A wall clock's date and time in the label's zone, to the minute; the slot of a single mailing " +
			"may name seconds. Empty: none.",
		Examples: []any{"2026-11-24T10:00", "2026-11-24T10:00:30"},
	}
}

// schemaName names a type by its room, unless it is what the room is about:
// Campaign, but CampaignDeal, since rooms may use a word each in its own way.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	room := path.Base(t.PkgPath())
	if t.Name() == "" || room == "." || strings.HasPrefix(t.PkgPath(), "keur/api/") || room == "paging" || room == "v2" {
		return name
	}
	room = strings.ToUpper(room[:1]) + strings.TrimSuffix(room[1:], "s")
	if strings.HasPrefix(name, room) {
		return name
	}
	return room + name
}
