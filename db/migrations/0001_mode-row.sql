ALTER TABLE `attempt` ADD `mode_row` integer;--> statement-breakpoint
ALTER TABLE `send` ADD `mode_row` integer;