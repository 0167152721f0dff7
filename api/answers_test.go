package api

import (
	"keur/api/approving"
	"keur/api/audience"
	"keur/api/mailing"
	"keur/api/sending"
	"keur/api/setup"
)

// What operations answer.
type (
	checked    = mailing.Checked
	content    = mailing.Content
	counted    = audience.Counted
	outlook    = mailing.Outlook
	preview    = mailing.Preview
	progress   = sending.Progress
	revised    = mailing.Revised
	sentence   = audience.Sentence
	signingKey = setup.SigningKey
	verified   = approving.Verified
)
