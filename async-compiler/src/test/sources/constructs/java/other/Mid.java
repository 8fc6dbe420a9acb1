package constructs.other;

public abstract class Mid extends Base {}
