package scheduler

import "context"

// PlanOn runs the duty that plans the further sends of scheduled mailings.
func (s *Scheduler) PlanOn(ctx context.Context) error { return s.planner.scheduled(ctx) }
