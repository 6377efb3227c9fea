ALTER TABLE `attempt` ADD `bounce_class` text;--> statement-breakpoint
ALTER TABLE `attempt` ADD `bounce_rule` text;--> statement-breakpoint
ALTER TABLE `send` ADD `bounce_class` text;--> statement-breakpoint
ALTER TABLE `send` ADD `bounce_rule` text;