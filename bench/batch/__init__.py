"""What a batch takes and costs: measured and counted on the app deployed to the emulator, beside the model."""
